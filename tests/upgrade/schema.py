"""Reads a database's schema into plain values, so that two of them can be compared on either database."""

import re
from typing import Any

from sqlalchemy import Engine, inspect, text

Schema = dict[str, dict[str, Any]]
NOT_OURS = {"alembic_version"}


def read(engine: Engine) -> Schema:
    """Tables by name, each with columns, keys, constraints, indexes and triggers in a fixed order."""
    found = inspect(engine)
    triggers = _triggers(engine)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in found.get_columns(table)
            },
            "primary key": found.get_pk_constraint(table),
            "foreign keys": sorted(map(_plain, found.get_foreign_keys(table))),
            "unique": sorted(map(_plain, found.get_unique_constraints(table))),
            "checks": sorted((check["name"], _words(check["sqltext"])) for check in found.get_check_constraints(table)),
            "indexes": sorted(map(_plain, found.get_indexes(table))),
            "triggers": triggers.get(table, []),
        }
        for table in sorted(found.get_table_names())
        if table not in NOT_OURS
    }


def rows(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that lies in the tables."""
    with engine.connect() as connection:
        return {
            table: sorted((tuple(row) for row in connection.execute(text(f'SELECT * FROM "{table}"'))), key=repr)  # noqa: S608
            for table in inspect(connection).get_table_names()
        }


def _triggers(engine: Engine) -> dict[str, list[str]]:
    statement = {
        "sqlite": "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": (
            "SELECT tgrelid::regclass::text, pg_get_triggerdef(t.oid) || ' ' || p.prosrc"
            " FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT tgisinternal"
        ),
    }[engine.dialect.name]
    result: dict[str, list[str]] = {}
    with engine.connect() as connection:
        for table, sql in connection.execute(text(statement)):
            result.setdefault(table, []).append(_words(sql))
    return {table: sorted(found) for table, found in result.items()}


def _plain(value: Any) -> str:
    items = {**value, "dialect_options": {name: str(each) for name, each in value.get("dialect_options", {}).items()}}
    return repr(sorted(items.items(), key=lambda item: str(item[0])))


def _words(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip()
