"""Databases: engines, column types, the unit of work, jobs and idempotency keys."""
