"""Two organs of one city, people of each, a store on disk, and files of every kind."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine

from server.actor import Actor, ActorKind, Grant
from server.audit.queries import HeadKeepers
from server.config import Settings
from server.db.jobs import InlineJobQueue
from server.db.work import Parts, Workshop
from server.evidence.store import BlobStore
from server.organisation.models import Unit
from server.ports import VirtualClock, seeded_ids

LIMIT = 256 * 1024
PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


@dataclass(frozen=True, slots=True)
class City:
    """Ids and paths of the city and of its organs."""

    root: str
    energy: UUID
    energy_path: str
    schools: UUID
    schools_path: str

    def actor(self, permission: str, path: str) -> Actor:
        grants = (Grant(permission, path),)
        unit_id = self.energy if path == self.energy_path else self.schools if path == self.schools_path else None
        return Actor(ActorKind.ACCOUNT, "孙丽", unit_id=unit_id, unit_path=path, grants=grants)

    @property
    def member(self) -> Actor:
        """Works for the energy bureau alone."""
        return self.actor("unit.work", self.energy_path)

    @property
    def stranger(self) -> Actor:
        return self.actor("unit.work", self.schools_path)


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs", keep_free=0)


@pytest.fixture
def shop(with_tables: Engine, clock: VirtualClock, store: BlobStore, tmp_path: Path) -> Workshop:
    settings = Settings(tmp_path, str(with_tables.url), b"0" * 32, max_upload_bytes=LIMIT)
    parts = Parts(store, settings, HeadKeepers({}))
    return Workshop(with_tables, clock, seeded_ids(clock, 1), InlineJobQueue(), parts)


@pytest.fixture
def city(shop: Workshop) -> City:
    return build(shop)


def build(shop: Workshop) -> City:
    with shop.writing() as work:
        root, energy, schools = (work.ids.new() for _ in range(3))
        path = f"/{root.hex}/"
        top = Unit(id=root, parent_id=None, kind="city", code="C", name="高原市", path=path)
        work.session.add(top)
        work.session.flush()
        for unit_id, code, name in ((energy, "E", "能源局"), (schools, "S", "教育局")):
            own = f"{path}{unit_id.hex}/"
            work.session.add(Unit(id=unit_id, parent_id=root, kind="organ", code=code, name=name, path=own))
    return City(path, energy, f"{path}{energy.hex}/", schools, f"{path}{schools.hex}/")


def packed(*names: str, size: int = 20) -> bytes:
    """A zip archive with these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name in names:
            package.writestr(name, b"x" * size)
    return buffer.getvalue()


def compound(*streams: str) -> bytes:
    """The outline of an older office document: its header, and a directory with these streams."""
    entries = b"".join(f"{stream}\0".encode("utf-16-le").ljust(128, b"\0") for stream in ("Root Entry", *streams))
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + entries
