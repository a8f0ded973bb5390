"""Who gets through to which action on whose things: every posted form, for every kind of account, as one table.

Every form is posted empty: whoever may do the thing hears what is missing, whoever may not hears that, or that there is
no such thing. A form that is added must be added here.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from tests.web.site import CHEAP, make_site
from tests.web.test_matrix import BRIEFLY, NOTHING, ROLES, Place, make_place
from tests.web.test_matrix import TABLE as PAGES
from tests.world import World

TABLE = """
x x x x x x x x x ? x x  /accounts/<uuid:person_id>
x x x x x x x x x - x x  /accounts/<uuid:person_id>/<any(disable, enable, unlock):change>
x x x x x x x x x - x x  /accounts/<uuid:person_id>/reset
x x x x x x x x x ? x x  /accounts/administrators
x x x x ? x x x ? x x x  /calendar
x x x x - x x x - x x x  /calendar/<uuid:period_id>/remove
x x x - ? x x - - - - -  /campaigns/<uuid:campaign_id>/deadlines/<key>
x x x - ? x x - - - - -  /campaigns/<uuid:campaign_id>/deadlines/<key>/late
x x x - ? x x - - - - -  /campaigns/<uuid:campaign_id>/ladder
x x x - ? x x - - - - -  /campaigns/<uuid:campaign_id>/participants
- - - - ? x x - - - - -  /campaigns/<uuid:campaign_id>/participants/<uuid:participant_id>/<any(withdraw, reopen):action>
x x x - ? x x - - - - -  /campaigns/<uuid:campaign_id>/participants/<uuid:participant_id>/deadline
x x x - ? x ? - - - - -  /campaigns/<uuid:campaign_id>/remarks/new
- - - - ? - - - - - - -  /campaigns/<uuid:campaign_id>/sheets
x x x - + x x - - - - -  /campaigns/<uuid:campaign_id>/urge
x x x x - x x x x x x x  /campaigns/new
- - - + - - - - - - - -  /copies/<uuid:copy_id>
x x x x - x x x - x x x  /departures/<uuid:departure_id>/call-off
x x x x ? x x x ? x x x  /departures/<uuid:person_id>
x x x x ? x x x ? x x x  /departures/<uuid:person_id>/check
? - - - - - - - - - - -  /entries/<uuid:decision_id>
? ? - - ? - - - - - - -  /evidence/<uuid:evidence_id>/withdraw
? ? - - ? ? ? - - - - -  /evidence/units/<uuid:unit_id>
? ? - - ? ? ? - - - - -  /evidence/units/<uuid:unit_id>/files
? ? - - ? ? ? - - - - -  /evidence/units/<uuid:unit_id>/paper
- - - - - - - - - - - -  /gates/<uuid:task_id>
x x x x - x x x - x x x  /incidents/<uuid:incident_id>/<any(retry, leave_out):action>
+ - - - - - - - - - - -  /notifications/<uuid:notification_id>
+ + + + + + + + + + + +  /notifications/addresses
- - - - - - - - - + - -  /notifications/people/<uuid:person_id>
+ + + + + + + + + + + +  /notifications/read
? ? ? ? ? ? ? ? ? ? ? ?  /notifications/settings
- - - - - - - - + - - -  /notifications/undelivered/<uuid:delivery_id>
x x x x ? x x x ? x x x  /organisation/holdings/<uuid:holding_id>/end
x x x x ? x x x ? x x x  /organisation/import
x x x x - x x x - x x x  /organisation/import/<uuid:upload_id>
x x x x + x x x + x x x  /organisation/import/<uuid:upload_id>/drop
x x x x ? x x x ? x x x  /organisation/units/<uuid:unit_id>/close
x x x x ? x x x ? x x x  /organisation/units/<uuid:unit_id>/holders
x x x x ? x x x ? x x x  /organisation/units/<uuid:unit_id>/posts
x x x x ? x x x ? x x x  /organisation/units/<uuid:unit_id>/rename
x x x x x x ? x x x x x  /phrases
- - - - - - - - - - - -  /phrases/<uuid:phrase_id>/remove
? ? ? ? ? ? ? ? ? ? ? ?  /said/<token>
x x x x ? x x ? ? x x x  /schemes/new
x x - - ? x x - - - - -  /supervision/<uuid:order_id>
x x - - ? x x - - - - -  /supervision/<uuid:order_id>/<any(discard, close, withdraw):action>
x x - - ? x x - - - - -  /supervision/<uuid:order_id>/again
+ + - - ? - - - - - - -  /supervision/<uuid:order_id>/receive
x x x x ? x x x x x x x  /supervision/new
+ - - - + - - - - - - -  /tasks/<uuid:task_id>
- - - - - - - - - - - -  /tasks/<uuid:task_id>/batch
? - - - - - - - - - - -  /tasks/<uuid:task_id>/claim
? - - - ? - - - - - - -  /tasks/<uuid:task_id>/copies
+ - - - + - - - - - - -  /tasks/<uuid:task_id>/draft
- - - - ? - - - - - - -  /tasks/<uuid:task_id>/extend
? - - - ? - - - - - - -  /tasks/<uuid:task_id>/files
? - - - ? - - - - - - -  /tasks/<uuid:task_id>/release
x x - - ? x x - - - - -  /tasks/<uuid:task_id>/return
? - - - ? - - - - - - -  /tasks/<uuid:task_id>/seats
? - - - ? - - - - - - -  /tasks/<uuid:task_id>/sheet
? - - - ? - - - - - - -  /tasks/<uuid:task_id>/take-back
? - - - - - - - - - - -  /tasks/<uuid:task_id>/time
- - - - + - - - - - - -  /tasks/<uuid:task_id>/urge
"""
SIGNS = {"200": "+", "303": "+", "403": "x", "404": "-", "409": "?", "413": "?", "422": "?", "400": "?"}
"""Done, refused, not there for this visitor, and let through to what is wrong with an empty form."""
OWN = {
    "identity.login": "before anybody is known",
    "identity.first": "before anybody is known",
    "identity.logout": "one's own session",
    "identity.language": "one's own language",
    "identity.post": "one's own posts",
    "identity.password_post": "one's own password",
    "identity.end_session": "one's own sessions",
    "identity.delegate": "one's own posts",
    "identity.end_delegation": "one's own posts",
    "identity.create_token": "one's own tokens",
    "identity.revoke_token": "one's own tokens",
    "identity.kept_again": "one's own form",
    "identity.kept_discard": "one's own form",
}
"""What everybody does with what is theirs; tested with the identity's pages."""


def posts(place: Place) -> Iterator[Rule]:
    for rule in sorted(place.site.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "POST" in (rule.methods or ()) and rule.endpoint not in OWN and not rule.rule.startswith("/api/"):
            yield rule


def address(place: Place, rule: Rule) -> str:
    adapter = place.site.app.url_map.bind("localhost")
    values = {name: place.value(rule, name) for name in rule.arguments}
    return adapter.build(rule.endpoint, values, method="POST")


def row(place: Place, rule: Rule, tokens: dict[str, str]) -> str:
    """tokens: of the pages of each role, got once."""
    where = address(place, rule)
    seen = []
    for role in ROLES:
        client = place.clients[role]
        token = tokens.get(role) or tokens.setdefault(role, place.site.token(client, "/me"))
        answer = client.post(where, data={"csrf_token": token}, headers=BRIEFLY, buffered=True)
        seen.append(SIGNS.get(str(answer.status_code), str(answer.status_code)))
    return " ".join(seen)


@pytest.fixture(scope="module")
def place(still_world: World) -> Iterator[Place]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("server.identity.passwords._hasher", CHEAP)
        found = make_place(still_world, make_site(still_world))
        # An account that is there and nobody's of these, so that nobody is locked out on the way.
        found.samples["person_id"] = str(still_world.people[still_world.units[2].id, "head"][0])
        found.samples.update(
            {
                "key": "submit",
                "holding_id": NOTHING,
                "incident_id": NOTHING,
                "departure_id": NOTHING,
                "upload_id": NOTHING,
            }
        )
        yield found


def expected() -> dict[str, str]:
    split = 2 * len(ROLES)
    return {line[split + 1 :].strip(): line[:split].strip() for line in TABLE.strip().splitlines()}


def test_every_form_answers_everybody_as_the_table_says(place: Place) -> None:
    tokens: dict[str, str] = {}
    assert {rule.rule: row(place, rule, tokens) for rule in posts(place)} == expected()


def test_the_page_for_readers_shows_both_tables() -> None:
    page = (Path(__file__).parents[2] / "docs" / "visibility.md").read_text(encoding="utf-8")
    assert re.findall(r"```\n(.*?)```", page, re.DOTALL) == [PAGES.lstrip(), TABLE.lstrip()]
    assert ", ".join(ROLES) in page


def test_nobody_posts_anything_without_a_session(place: Place) -> None:
    stranger = place.site.app.test_client()
    token = place.site.token(stranger)
    for rule in posts(place):
        if rule.endpoint == "tasks.say_by_link":
            continue
        answer = stranger.post(address(place, rule), data={"csrf_token": token})
        assert answer.status_code in (303, 401), rule
        assert answer.status_code == 401 or answer.headers["Location"].startswith("/login"), rule


def test_nothing_is_posted_without_the_token_of_a_page(place: Place) -> None:
    office = place.clients["office"]
    for rule in posts(place):
        assert office.post(address(place, rule)).status_code in (400, 422), rule
