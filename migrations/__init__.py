"""Alembic migrations; found as `server._migrations`."""
