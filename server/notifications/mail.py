"""The door through which mail leaves: one letter, handed to the server that the settings name."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formataddr
from typing import Protocol

from server.config import MailServer

TIMEOUT = 20.0
"""Seconds for each answer of the server."""


class Letter(Protocol):
    """What a letter needs to be sent."""

    @property
    def server(self) -> MailServer: ...
    @property
    def to(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def message_id(self) -> str: ...


def send(letter: Letter) -> str:
    """Hand a letter over; returns what went wrong, empty when nothing did. Never raises."""
    server = letter.server
    try:
        message = compose(letter)
        secure = ssl.create_default_context()
        if server.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=secure)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
        with connection:
            if server.security == "starttls":
                connection.starttls(context=secure)
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def compose(letter: Letter) -> EmailMessage:
    """The mail itself; raises ValueError for an address or a subject that would break its head."""
    message = EmailMessage()
    message["From"] = letter.server.sender
    message["To"] = formataddr((letter.name, letter.to))
    message["Subject"] = letter.subject
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message
