"""Statements that wait for each other's company, so that PostgreSQL is asked once for all of them.

A statement that nobody reads the answer of need not be waited for: it goes to the server as a part of one statement
(`WITH a AS (INSERT …), b AS (UPDATE …) …`) with those that follow, at the latest before the next one that is read, or
before the commit. Sending one and waiting for its answer costs both sides more than most of them take. SQLite is a
library and knows no such parts: there each is carried out at once.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event

_COUNTED = {"preserve_rowcount": True}
UNTOUCHED = {"untouched_by_waiting": True}
"""Execution options of a query on tables that no waiting statement writes: it need not wait for them."""
PARAMETERS_AT_MOST = 50
"""Of one statement. The driver keeps what it has made of a statement only up to so many, and making it takes long."""
_PARAMETER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Later:
    """A statement for the driver, for one row. wrong: makes what is raised when an update did not hit exactly one."""

    sql: str
    parameters: Any
    table: str
    wrong: Callable[[], Exception] | None = None


_waiting: WeakKeyDictionary[Connection, list[Later]] = WeakKeyDictionary()
"""What waits, by the connection it waits for."""


def later(connection: Connection, statements: Sequence[Later]) -> None:
    """Carry out statements by the next time that anything is read or committed.

    What goes wrong is raised then, as SQLAlchemy raises it; who must know earlier calls `settle`.
    """
    if connection.dialect.name == "postgresql":
        _waiting.setdefault(connection, []).extend(statements)
        return
    for each in statements:
        _alone(connection, each)


def settle(connection: Connection) -> None:
    """Carry out what waits, in its order."""
    for group in _groups(_waiting.pop(connection, [])):
        if len(group) == 1:
            _alone(connection, group[0])
            continue
        sql = _joined(tuple((each.sql, each.wrong is not None) for each in group))
        given = {f"p{n}_{name}": value for n, each in enumerate(group) for name, value in each.parameters.items()}
        hit = connection.exec_driver_sql(sql, given).mappings().one()
        for number, each in enumerate(group):
            if each.wrong is not None and hit[f"w{number}"] != 1:
                raise each.wrong()


def _alone(connection: Connection, statement: Later) -> None:
    done = connection.exec_driver_sql(statement.sql, statement.parameters, execution_options=_COUNTED)
    if statement.wrong is not None and done.rowcount != 1:
        raise statement.wrong()


def _groups(waiting: Sequence[Later]) -> Iterator[list[Later]]:
    """Statements that may be parts of one: none of them sees what another writes, and nothing needs to.

    An update might have to see a row that was written before it: it begins a group when its table is in the last one.
    """
    group: list[Later] = []
    parameters = 0
    for each in waiting:
        touched = each.wrong is not None and any(other.table == each.table for other in group)
        if group and (touched or parameters + len(each.parameters) > PARAMETERS_AT_MOST):
            yield group
            group, parameters = [], 0
        group.append(each)
        parameters += len(each.parameters)
    if group:
        yield group


@cache
def _joined(parts: tuple[tuple[str, bool], ...]) -> str:
    """One statement of several, with parameters told apart by number. The counted ones say how many rows they hit."""
    named = [(f"w{n}", _PARAMETER.sub(rf"%(p{n}_\1)s", sql), counted) for n, (sql, counted) in enumerate(parts)]
    bodies = ", ".join(f"{name} AS ({sql}{' RETURNING 1' if counted else ''})" for name, sql, counted in named)
    counts = [f"(SELECT count(*) FROM {name}) AS {name}" for name, _, counted in named if counted]  # noqa: S608 - ours
    return f"WITH {bodies} SELECT {', '.join(counts) or '1 AS done'}"


def attach(engine: Engine) -> None:
    """Have everything that is read, committed or undone on an engine come after what waits."""

    @event.listens_for(engine, "before_cursor_execute")
    def _before(connection: Connection, _cursor: Any, _sql: str, _given: Any, context: Any, _many: bool) -> None:
        if not context.execution_options.get("untouched_by_waiting"):
            settle(connection)

    @event.listens_for(engine, "commit")
    def _commit(connection: Connection) -> None:
        settle(connection)

    @event.listens_for(engine, "rollback")
    def _rollback(connection: Connection) -> None:
        _waiting.pop(connection, None)

    @event.listens_for(engine, "rollback_savepoint")
    def _rollback_to(connection: Connection, _name: str, _context: Any) -> None:
        _waiting.pop(connection, None)
