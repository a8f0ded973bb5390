"""Background work of notifications: sending what is due."""

from server.db.jobs import OutwardJob
from server.notifications import mail, operations

SEND = "notifications.send"
EVERY = 30
"""Seconds between two looks."""

JOBS = (OutwardJob(SEND, operations.claim_due, mail.send, operations.record_sent),)
TICKS = ((SEND, EVERY),)
