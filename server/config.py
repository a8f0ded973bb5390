"""Settings: the only place that reads the environment."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KNOWN_SECRETS = frozenset({"dev", "secret", "changeme", "change-me", "secret_key", "password"})
SECRET_MIN_BYTES = 32


class SettingsError(RuntimeError):
    """The program refuses to start; the text says what to set."""


@dataclass(frozen=True, slots=True)
class Settings:
    """data: folder of database, evidence and keys. max_upload_bytes: one request. zone: default IANA zone."""

    data: Path
    database_url: str
    secret_key: bytes
    zone: str = "Asia/Shanghai"
    language: str = "zh-CN"
    max_upload_bytes: int = 20 * 1024 * 1024
    port: int = 8000
    secure_cookies: bool = False
    trusted_hosts: tuple[str, ...] = ()

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
        )


NAMES = frozenset(
    {
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
