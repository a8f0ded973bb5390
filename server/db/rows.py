"""Rows written at once with plain statements, in the steps that everybody waits for.

The ORM's unit of work has the same effect for three times the time: it collects, sorts and compares before it writes.
Here a statement is compiled once for a kind of database and then handed to the driver as it is, with others at a time
where that saves waiting (`together`). Only for tables without relationships; whoever calls writes what others refer to
first. What the database refuses is raised by the next read, by the commit, or by `settle`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from sqlalchemy import Insert, Update, bindparam, insert, inspect, update
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from server.db import together
from server.db.together import Later, later
from server.db.types import Base

_STATE = "_sa_instance_state"


def insert_now(session: Session, rows: Sequence[Base]) -> None:
    """Insert new rows of one table; afterwards they belong to the session as if it had read them."""
    if not rows:
        return
    values = [_whole(type(row), {name: each for name, each in vars(row).items() if name != _STATE}) for row in rows]
    _insert(session, type(rows[0]), values)
    for row, written in zip(rows, values, strict=True):
        for name in _columns(type(row)) - vars(row).keys():
            # What is said nowhere is null in the database, and need not be read to know it.
            set_committed_value(row, name, written.get(name))
        make_transient_to_detached(row)
        session.add(row)


def insert_values(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that nobody needs afterwards."""
    if rows:
        _insert(session, kind, [_whole(kind, row) for row in rows])


def update_now(session: Session, row: Base, /, **values: Any) -> None:
    """Change one row that the session has read, and the object with it.

    A table with a revision is guarded by it. StaleDataError is raised when the row is no longer as it was read.
    """
    mapper = inspect(row).mapper
    revision = None if mapper.version_id_col is None else mapper.version_id_col.key
    if revision is not None:
        values[revision] = getattr(row, revision) + 1
    key = mapper.primary_key[0].key
    which = {f"_{name}": getattr(row, name) for name in (key, revision) if name is not None}
    connection = session.connection()
    names = tuple(sorted(values))
    ready = _updating(type(row), key, revision, names, connection.dialect.name, _Known(connection.dialect))
    stale = partial(StaleDataError, f"{mapper.local_table} {which}")
    later(connection, [Later(ready.sql, ready.parameters(values | which), ready.table, stale)])
    for name, value in values.items():
        set_committed_value(row, name, value)


def settle(session: Session) -> None:
    """Carry out all that was written here, so that what is wrong with it is raised now."""
    together.settle(session.connection())


def _insert(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    # Past the session, which would write all that waits before every statement.
    connection = session.connection()
    names = tuple(sorted(set().union(*rows)))
    ready = _inserting(kind, names, connection.dialect.name, _Known(connection.dialect))
    later(connection, [Later(ready.sql, ready.parameters(row), ready.table) for row in rows])


@dataclass(frozen=True, slots=True)
class _Known:
    """A dialect that is no part of the key by which a statement is kept: two of a name write the same."""

    dialect: Dialect

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known)

    def __hash__(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement as the driver takes it. order: names of its parameters where they go by place, else None."""

    sql: str
    table: str
    converters: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    order: tuple[str, ...] | None

    def parameters(self, values: Mapping[str, Any]) -> Any:
        given = {name: values[name] if convert is None else convert(values[name]) for name, convert in self.converters}
        return given if self.order is None else tuple(given[name] for name in self.order)


def _ready(statement: Insert | Update, names: Sequence[str], types: Mapping[str, Any], dialect: Dialect) -> _Ready:
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    converters = tuple((name, types[name].dialect_impl(dialect).bind_processor(dialect)) for name in types)
    return _Ready(
        str(compiled),
        str(statement.table),
        converters,
        tuple(compiled.positiontup) if compiled.positiontup is not None else None,
    )


@cache
def _inserting(kind: type[Base], names: tuple[str, ...], _dialect_name: str, known: _Known) -> _Ready:
    columns = kind.__table__.columns
    return _ready(insert(kind.__table__), names, {name: columns[name].type for name in names}, known.dialect)  # type: ignore[arg-type]


@cache
def _updating(
    kind: type[Base], key: str, revision: str | None, names: tuple[str, ...], _dialect_name: str, known: _Known
) -> _Ready:
    table = kind.__table__
    guards = [name for name in (key, revision) if name is not None]
    which = [table.c[name] == bindparam(f"_{name}") for name in guards]
    statement = update(table).where(*which).values({name: bindparam(name) for name in names})  # type: ignore[arg-type]
    types = {name: table.c[name].type for name in names} | {f"_{name}": table.c[name].type for name in guards}
    return _ready(statement, names, types, known.dialect)


def _whole(kind: type[Base], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row, with what its columns get when nothing is said."""
    values = dict(given)
    for name, default, made in _defaults(kind):
        if name not in values:
            values[name] = default(None) if made else default
    return values


@cache
def _columns(kind: type[Base]) -> frozenset[str]:
    return frozenset(column.key for column in kind.__table__.columns)


@cache
def _defaults(kind: type[Base]) -> tuple[tuple[str, Any, bool], ...]:
    """Column, default, and whether that is made anew for each row."""
    defaults = [(column.key, column.default) for column in kind.__table__.columns if column.default is not None]
    return tuple((key, default.arg, default.is_callable) for key, default in defaults)
