"""Steps on the tree that operations and imports share; the caller has decided that the actor may, and records them."""

from sqlalchemy import select

from server.db.work import Work
from server.organisation.models import Unit, UnitName
from server.organisation.rules import path_of, today

PERMISSION = "organisation.manage"


def rename(work: Work, unit: Unit, name: str, short_name: str) -> None:
    """Another name from today on; the former one stays with its days."""
    unit.name, unit.short_name = name, short_name
    from_on = today(work.now, unit.zone)
    work.session.add(UnitName(id=work.ids.new(), unit_id=unit.id, name=name, short_name=short_name, from_on=from_on))


def move(work: Work, unit: Unit, parent: Unit) -> None:
    """Another parent; the paths of the unit and of all below it follow."""
    old, new = unit.path, path_of(unit.id, parent.path)
    unit.parent_id = parent.id
    for below in work.session.scalars(select(Unit).where(Unit.path.startswith(old, autoescape=True))):
        below.path = new + below.path.removeprefix(old)
    work.session.flush()
