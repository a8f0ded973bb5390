"""The table that the interface writes lies with the database's own, because any door may use it."""

from server.db.idempotency import IdempotencyKey as IdempotencyKey
