"""A small tree on either database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from server.audit import models as audit_models
from server.db.jobs import InlineJobQueue
from server.db.types import Base
from server.db.work import Parts, Workshop
from server.organisation import models as organisation_models
from server.ports import VirtualClock, seeded_ids
from tests.databases import open_database

MODELS = (
    *(audit_models.AuditStream, audit_models.AuditRow, audit_models.AuditSeal, audit_models.AuditSealed),
    *(organisation_models.Unit, organisation_models.UnitName, organisation_models.Person),
    *(organisation_models.Post, organisation_models.Holding, organisation_models.OrganisationUpload),
)
TABLES = [Base.metadata.tables[model.__tablename__] for model in MODELS]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    Base.metadata.create_all(engine, tables=TABLES)
    yield engine
    engine.dispose()


@pytest.fixture
def both(engine: Engine, clock: VirtualClock) -> Workshop:
    """Units of work on SQLite and on PostgreSQL in turn."""
    return Workshop(engine, clock, seeded_ids(clock, 1), InlineJobQueue(), Parts())
