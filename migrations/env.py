"""Run by Alembic for every command; the connection comes from `server.db.migrate`, which owns the transaction."""

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext

from server.db.metadata import load
from server.db.types import Instant, Points

PLAIN = {Instant: "sa.DateTime(timezone=True)", Points: "sa.Integer()"}
"""Our column types as a migration writes them: what lies in the database, free of code that may change."""


def render(kind: str, item: Any, _context: AutogenContext) -> str | bool:
    if kind == "type":
        for ours, plain in PLAIN.items():
            if isinstance(item, ours):
                return plain
        if type(item).__name__ == "JSON":
            return "sa.JSON()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=load(),
    render_as_batch=context.config.attributes.get("batch", True),
    render_item=render,
    compare_type=True,
    compare_server_default=True,
)
context.run_migrations()
