"""The installation that is measured: an authority, units with a liaison each, and the small scheme of the tests."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert

from server.actor import SYSTEM
from server.bootstrap import Application, open_application
from server.config import Settings
from server.identity import operations as identity
from server.identity.models import Account, ApiToken
from server.identity.passwords import hash_password
from server.identity.rules import hash_secret
from server.organisation.models import Holding, Person, Post, Unit
from server.schemes import operations as schemes
from server.schemes.package import read_folder

PACKAGE = Path(__file__).parents[1] / "tests" / "packages" / "rounds"
PASSWORD = "Gufeng-Shan-2026"
SCHEME = "rounds"
OFFICE, LEADER = "office", "leader"
SCOPES = ("campaign.manage", "campaign.view", "unit.work")


@dataclass(frozen=True)
class City:
    """What the clients need to know. tokens: of liaisons, made by the setup; unit code to secret."""

    settings: Settings
    units: tuple[str, ...]
    tokens: dict[str, str]


def settings_for(folder: Path, database_url: str) -> Settings:
    folder.mkdir(parents=True, exist_ok=True)
    return Settings.from_environment({"GREENGATE_DATA": str(folder), "GREENGATE_DATABASE_URL": database_url})


def build(folder: Path, database_url: str, units: int) -> City:
    """Create the database with the people; the office, the leader and all liaisons can log in with PASSWORD."""
    settings = settings_for(folder, database_url)
    application = open_application(settings, bring_up=True)
    try:
        codes, tokens = _people(application, units)
        with application.workshop.writing() as work:
            schemes.install(SYSTEM, work, read_folder(PACKAGE))
    finally:
        application.workshop.engine.dispose()
    return City(settings, codes, tokens)


def _people(application: Application, units: int) -> tuple[tuple[str, ...], dict[str, str]]:
    password_hash = hash_password(PASSWORD)
    tokens: dict[str, str] = {}
    with application.workshop.writing() as work:
        rows: dict[type, list[dict[str, object]]] = {
            Unit: [],
            Person: [],
            Post: [],
            Holding: [],
            Account: [],
            ApiToken: [],
        }

        def unit(code: str, parent: tuple[UUID, str] | None, kind: str) -> tuple[UUID, str]:
            unit_id = work.ids.new()
            path = (parent[1] if parent else "/") + unit_id.hex + "/"
            rows[Unit].append(
                {"id": unit_id, "parent_id": parent[0] if parent else None, "kind": kind, "code": code}
                | {"name": f"单位 {code}", "path": path}
            )
            return unit_id, path

        def somebody(unit_id: UUID, kind: str, login: str) -> UUID:
            person, post, account = work.ids.new(), work.ids.new(), work.ids.new()
            rows[Person].append({"id": person, "name": login})
            rows[Post].append({"id": post, "unit_id": unit_id, "kind": kind, "title": kind})
            rows[Holding].append(
                {"id": work.ids.new(), "post_id": post, "person_id": person, "from_on": date(2020, 1, 1)}
            )
            rows[Account].append(
                {"id": account, "person_id": person, "login": login, "password_hash": password_hash}
                | {"created_at": work.now, "state": "active", "must_change": False, "failures": 0}
            )
            return account

        root = unit("root", None, "root")
        authority = unit("authority", root, "office")
        somebody(authority[0], "office", OFFICE)
        somebody(authority[0], "leader", LEADER)
        codes = tuple(f"u{number:05d}" for number in range(units))
        for code in codes:
            account = somebody(unit(code, root, "organ")[0], "liaison", code)
            tokens[code] = work.ids.secret()
            rows[ApiToken].append(
                {"id": work.ids.new(), "account_id": account, "name": "bench", "scopes": ["unit.work"]}
                | {"secret_hash": hash_secret(tokens[code]), "created_at": work.now}
            )
        for table, values in rows.items():
            work.session.execute(insert(table), values)
        identity.seed_grants(SYSTEM, work, authority_id=authority[0], over_id=root[0])
    return codes, tokens
