"""Settings: the only place that reads the environment."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from server.channels import Channels, ChannelsError, read_channels

KNOWN_SECRETS = frozenset({"dev", "secret", "changeme", "change-me", "secret_key", "password"})
SECRET_MIN_BYTES = 32


class SettingsError(RuntimeError):
    """The program refuses to start; the text says what to set."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over. security: `none`, `starttls` or `tls`. sender: the address it comes from."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """data: folder of database, evidence and keys. max_upload_bytes: one request. zone: default IANA zone.

    address: how readers reach this installation, without a slash at the end; links in mails begin with it.
    channels: other ways to tell people, none unless their file is there.
    """

    data: Path
    database_url: str
    secret_key: bytes
    zone: str = "Asia/Shanghai"
    language: str = "zh-CN"
    max_upload_bytes: int = 20 * 1024 * 1024
    port: int = 8000
    secure_cookies: bool = False
    trusted_hosts: tuple[str, ...] = ()
    address: str = ""
    mail: MailServer | None = None
    channels: Channels = field(default_factory=Channels)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read GREENGATE_DATA, GREENGATE_DATABASE_URL, PORT and the rest; unknown GREENGATE_ names are refused."""
        values = os.environ if environment is None else environment
        unknown = sorted(name for name in values if name.startswith("GREENGATE_") and name not in NAMES)
        if unknown:
            raise SettingsError(f"unknown settings: {', '.join(unknown)}; known are {', '.join(sorted(NAMES))}")
        data = Path(values.get("GREENGATE_DATA", "var")).resolve()
        data.mkdir(parents=True, exist_ok=True)
        return cls(
            data=data,
            database_url=values.get("GREENGATE_DATABASE_URL") or f"sqlite:///{data / 'greengate.sqlite'}",
            secret_key=load_key(data / "keys" / "session", values.get("GREENGATE_SECRET_KEY")),
            port=_port(values.get("PORT", "8000")),
            secure_cookies=values.get("GREENGATE_SECURE_COOKIES", "") == "1",
            trusted_hosts=_hosts(values.get("GREENGATE_TRUSTED_HOSTS", "")),
            address=_address(values.get("GREENGATE_ADDRESS", "")),
            mail=_mail(values.get("GREENGATE_MAIL", ""), values.get("GREENGATE_MAIL_FROM", "")),
            channels=_channels(data / "keys" / "channels.toml", values.get("GREENGATE_CHANNELS", "")),
        )


NAMES = frozenset(
    {
        "GREENGATE_ADDRESS",
        "GREENGATE_CHANNELS",
        "GREENGATE_MAIL",
        "GREENGATE_MAIL_FROM",
        "GREENGATE_DATA",
        "GREENGATE_DATABASE_URL",
        "GREENGATE_SECRET_KEY",
        "GREENGATE_SECURE_COOKIES",
        "GREENGATE_TRUSTED_HOSTS",
        "GREENGATE_CORPUS",
        "GREENGATE_CHROMIUM",
    }
)


def load_key(path: Path, given: str | None = None) -> bytes:
    """The session key: given, or read from a 0600 file, which is made at first start.

    Raises SettingsError when the key is short, known, or readable by others.
    """
    if given is not None:
        key = given.encode()
    else:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path} can be read by others; run: chmod 600 {path}")
        key = path.read_bytes().strip()
    if len(key) < SECRET_MIN_BYTES or key.decode(errors="replace").lower() in KNOWN_SECRETS or len(set(key)) < 8:
        raise SettingsError(
            "the session key is missing, short or well known; delete the key file or set 32 random bytes"
        )
    return key


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) < 65536:
        raise SettingsError(f"PORT is a number from 1 to 65535, not {text!r}")
    return int(text)


THIS_MACHINE = ("localhost", "127.0.0.1")
ANY_HOST = "*"


def _hosts(text: str) -> tuple[str, ...]:
    """The host names that are answered: those of this machine unless others are named, and all only when asked for."""
    named = tuple(host.strip() for host in text.split(",") if host.strip())
    return () if ANY_HOST in named else named or THIS_MACHINE


MAIL_SECURITY = {"smtp": ("none", 25), "smtp+starttls": ("starttls", 587), "smtps": ("tls", 465)}


def _mail(text: str, sender: str) -> MailServer | None:
    """`smtp+starttls://user:password@host:port`; user, password and port may be left out."""
    if not text:
        return None
    wrong = SettingsError(f"GREENGATE_MAIL is an address like smtp://mail.example.cn:25; {' '.join(MAIL_SECURITY)}")
    try:
        parts = urlsplit(text)
        security, port = MAIL_SECURITY[parts.scheme]
        host, port = parts.hostname or "", parts.port or port
    except (KeyError, ValueError) as error:
        raise wrong from error
    if not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise wrong
    if sender.count("@") != 1 or any(character <= " " for character in sender):
        raise SettingsError("GREENGATE_MAIL_FROM is the address that mail comes from, such as office@example.cn")
    return MailServer(host, port, security, sender, unquote(parts.username or ""), unquote(parts.password or ""))


def _address(text: str) -> str:
    """How readers reach us: `https://greengate.example.cn`, with a path where there is one."""
    if not text:
        return ""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise SettingsError("GREENGATE_ADDRESS is how readers reach this installation: https://greengate.example.cn")
    return text.rstrip("/")


def _channels(usual: Path, given: str) -> Channels:
    """What the file of channels says: the one that is named, or the usual one where it is there."""
    path = Path(given) if given else usual
    if not given and not path.exists():
        return Channels()
    try:
        return read_channels(path)
    except (ChannelsError, OSError) as error:
        raise SettingsError(f"channels, {path}: {error}") from error
