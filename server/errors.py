"""What can go wrong in ways a user can understand; one tree, mapped to HTTP in one place (`server/web.py`)."""

from collections.abc import Mapping, Sequence

from server.i18n import Message


class GreengateError(Exception):
    """Carries a message for the person who asked."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class NotFound(GreengateError):
    """There is no such thing, or its existence is no business of this actor."""


class NotAllowed(GreengateError):
    """The actor may know of it but may not do this."""


class LoginRequired(GreengateError):
    """Nobody is logged in, or the session has ended."""


class Conflict(GreengateError):
    """The thing is no longer in the state this action needs; the message says who changed it and when."""


class Stale(Conflict):
    """Somebody else was faster; read again and decide anew."""


class Invalid(GreengateError):
    """What was handed in cannot be taken as it is.

    fields: field path to what is wrong with it, for a form to show beside its inputs.
    """

    def __init__(self, message: Message, fields: Mapping[str, Sequence[Message]] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class TooLarge(Invalid):
    """A file or request over a limit."""


class Unavailable(GreengateError):
    """A part of the machine fails (disk full, database away); trying again later may help."""
