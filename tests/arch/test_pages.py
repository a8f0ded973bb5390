"""Every page of a filled installation, looked at by everybody with an account there: shown or refused, never broken."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.routing import AnyConverter, Rule

from server import demo
from server.app import create_app
from server.bootstrap import open_application
from server.config import Settings
from server.db.work import Workshop

pytestmark = pytest.mark.slow

ADMINISTRATORS = {"system", "security", "audit"}
BUSINESS = ("tasks.task", "assessments.sealed", "findings.finding", "evidence.download", "supervision.order")
"""Pages that show what units have done; administrators of the machine have no business there."""
SAMPLES = {
    "campaign_id": "SELECT id FROM campaign",
    "unit_id": "SELECT id FROM unit ORDER BY code",
    "person_id": "SELECT id FROM person ORDER BY name",
    "participant_id": "SELECT id FROM participant ORDER BY id",
    "task_id": "SELECT id FROM task ORDER BY state DESC, id",
    "instance_id": "SELECT id FROM process_instance ORDER BY state DESC, id",
    "order_id": "SELECT id FROM supervision_order ORDER BY state",
    "finding_id": "SELECT id FROM finding ORDER BY id",
    "assessment_id": "SELECT id FROM assessment ORDER BY id",
    "evidence_id": "SELECT id FROM evidence ORDER BY id",
    "version_id": "SELECT id FROM scheme_version",
    "process_key": "SELECT process_key FROM process_definition ORDER BY process_key",
}
NOTHING = "019b0000-0000-7000-8000-000000000000"
EACH = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A filled installation. samples: values for the arguments of addresses."""

    app: Flask
    accounts: dict[str, str]
    samples: dict[str, list[str]]

    def visitor(self, login: str, language: str) -> FlaskClient:
        client = self.app.test_client()
        client.set_cookie("greengate_language", language)
        answer = client.post("/login", data={"login": login, "password": self.accounts[login]})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return client

    def addresses(self) -> Iterator[tuple[Rule, str]]:
        adapter = self.app.url_map.bind("localhost")
        for rule in self.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint == "static" or rule.rule.startswith("/api/"):
                continue
            names = sorted(rule.arguments)
            for values in product(*(self._values(rule, name) for name in names)):
                yield rule, adapter.build(rule.endpoint, dict(zip(names, values, strict=True)), method="GET")

    def _values(self, rule: Rule, name: str) -> list[str]:
        converter = rule._converters[name]
        if isinstance(converter, AnyConverter):
            return sorted(converter.items)
        return [*self.samples.get(name, []), NOTHING]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    data: Path = tmp_path_factory.mktemp("demo")
    application = open_application(Settings.from_environment({"GREENGATE_DATA": str(data)}), bring_up=True)
    accounts = {account.login: account.password for account in demo.fill(application)}
    app = create_app(application)
    app.config["WTF_CSRF_ENABLED"] = False
    yield Place(app, accounts, _samples(application.workshop))
    application.workshop.engine.dispose()


def _samples(workshop: Workshop) -> dict[str, list[str]]:
    with workshop.reading() as work:
        return {
            name: [_shown(value) for value in work.session.scalars(text(f"{statement} LIMIT {EACH}"))]
            for name, statement in SAMPLES.items()
        }


def _shown(value: str) -> str:
    """An id as addresses write it; SQLite keeps it without dashes."""
    if len(value) == 32 and "-" not in value:
        return "-".join((value[:8], value[8:12], value[12:16], value[16:20], value[20:]))
    return value


def test_the_demo_has_something_of_everything(place: Place) -> None:
    assert {name: values for name, values in place.samples.items() if not values} == {}
    assert set(place.accounts) >= {"liaison", "head", "office", "verifier", "leader", *ADMINISTRATORS}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_no_page_breaks_for_anybody(place: Place, language: str) -> None:
    broken = []
    for login in place.accounts:
        client = place.visitor(login, language)
        for rule, address in place.addresses():
            answer = client.get(address, buffered=True)
            if answer.status_code not in {200, 302, 303, 403, 404}:
                broken.append(f"{login} {address} {answer.status_code} ({rule.endpoint})")
            elif answer.mimetype == "text/html" and answer.status_code in {200, 403, 404}:
                assert "</html>" in answer.get_data(as_text=True), address
    assert broken == []


def test_what_labels_point_at_is_there_once(place: Place) -> None:
    wrong: set[str] = set()
    for login in place.accounts:
        client = place.visitor(login, "en")
        for rule, address in place.addresses():
            answer = client.get(address, buffered=True)
            if answer.mimetype == "text/html" and answer.status_code == 200:
                page = answer.get_data(as_text=True)
                ids = Counter(re.findall(r'\sid="([^"]+)"', page))
                pointed = re.findall(r'\s(?:for|aria-describedby|aria-labelledby|aria-controls)="([^"]+)"', page)
                wrong.update(f"{rule.endpoint} twice #{name}" for name, times in ids.items() if times > 1)
                wrong.update(
                    f"{rule.endpoint} no #{name}" for names in pointed for name in names.split() if not ids[name]
                )
    assert sorted(wrong) == []


def test_administrators_of_the_machine_see_no_business(place: Place) -> None:
    seen = []
    for login in sorted(ADMINISTRATORS):
        client = place.visitor(login, "en")
        for rule, address in place.addresses():
            if rule.endpoint in BUSINESS and client.get(address, buffered=True).status_code == 200:
                seen.append(f"{login} {address}")
    assert seen == []


def test_a_liaison_sees_no_management(place: Place) -> None:
    client = place.visitor("liaison", "en")
    managing = ("/accounts", "/audit/", "/organisation/import", "/schemes/new", "/campaigns/new", "/incidents")
    assert {path: client.get(path).status_code for path in managing} == dict.fromkeys(managing, 403)
