"""Background work of notifications: sending what is due."""

from server.db.jobs import OutwardJob
from server.notifications import mail, operations, providers
from server.notifications.groups import Announced
from server.notifications.operations import Passed, Piece

SEND = "notifications.send"
EVERY = 30
"""Seconds between two looks."""


def reach(piece: Piece) -> str:
    """Hand one piece over by its way; returns what went wrong, empty when nothing did."""
    if isinstance(piece, Passed):
        return providers.send_to_person(piece.channels, piece.channel, piece.to, piece.words)
    if isinstance(piece, Announced):
        return providers.send_to_group(piece.channels, piece.robot, piece.words)
    return mail.send(piece)


JOBS = (OutwardJob(SEND, operations.claim_due, reach, operations.record_sent),)
TICKS = ((SEND, EVERY),)
