"""One's own decisions and what became of them; one's own phrases."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from server.actor import Actor, Grant
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.recognitions import decided, phrases
from tests.assessments.site import site
from tests.assessments.support import Gaoping
from tests.recognitions.test_gate import card_of, decide, submit, to_gate


def mine(gaoping: Gaoping) -> list[decided.DecidedRow]:
    with gaoping.world.workshop.reading() as work:
        return list(decided.decided(gaoping.leader, work)[0])


def decider(gaoping: Gaoping) -> Actor:
    """The leader with the permission that posts of the authority hold in an installation."""
    return replace(gaoping.leader, grants=(Grant(phrases.DECIDE, gaoping.world.root_path),))


def client(gaoping: Gaoping) -> FlaskClient:
    actors = {"leader": gaoping.leader, "liaison": gaoping.liaison(gaoping.units[0])}
    return site(gaoping, actors).test_client()


def test_a_decision_says_where_its_matter_waits_and_how_it_ended(gaoping: Gaoping) -> None:
    to_gate(gaoping)
    assert mine(gaoping) == []
    decide(gaoping, verdict="return", seen=card_of(gaoping).hash, reason="请再核。")
    (row,) = mine(gaoping)
    assert (row.verdict, row.opinion, row.state, row.again) == ("return", "请再核。", "running", False)
    assert [waiting.element_id for waiting in row.waiting] == ["Summarise"]
    assert all("office" in name for waiting in row.waiting for name in waiting.who)
    gaoping.world.later(days=1)
    submit(gaoping)
    decide(gaoping, verdict="approve", seen=card_of(gaoping).hash)
    last, first = mine(gaoping)
    assert (last.verdict, last.state, first.state) == ("approve", "ended", "ended")


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "还没有作过审批"), ("en", "You have decided nothing yet")])
def test_who_decided_nothing_is_told_so_and_sees_nothing_of_others(gaoping: Gaoping, language: str, words: str) -> None:
    to_gate(gaoping)
    decide(gaoping, verdict="return", seen=card_of(gaoping).hash, reason="请再核。")
    pages = client(gaoping)
    page = pages.get("/decided", headers={"X-Who": "liaison", "Accept-Language": language})
    assert words in page.text
    assert "请再核。" not in page.text
    assert "请再核。" in pages.get("/decided", headers={"X-Who": "leader", "Accept-Language": language}).text


def test_phrases_are_ones_own(gaoping: Gaoping) -> None:
    leader, stranger = decider(gaoping), gaoping.liaison(gaoping.units[0])
    with gaoping.world.workshop.writing() as work:
        phrases.add(leader, work, "return", "  请补  验收单。 ")
        phrases.add(leader, work, "return", "请补 验收单。")
        (row,) = phrases.of_person(work, leader.person_id)
        assert row.words == "请补 验收单。"
        assert row.id is not None
        assert next(each.words for each in phrases.offered(work, leader.person_id, "zh-CN")) == row.words
        assert row.words not in [each.words for each in phrases.offered(work, stranger.person_id, "zh-CN")]
        with pytest.raises(NotFound):
            phrases.remove(replace(leader, person_id=gaoping.verifier.person_id), work, row.id)
        with pytest.raises(NotAllowed):
            phrases.add(stranger, work, "return", "x")
        phrases.remove(leader, work, row.id)
        assert phrases.of_person(work, leader.person_id) == []


@pytest.mark.parametrize(("verdict", "words"), [("return", " "), ("return", "长" * 101), ("perhaps", "x")])
def test_a_phrase_that_will_not_do_is_refused(gaoping: Gaoping, verdict: str, words: str) -> None:
    with gaoping.world.workshop.writing() as work, pytest.raises(Invalid):
        phrases.add(decider(gaoping), work, verdict, words)


def test_nobody_keeps_phrases_without_end(gaoping: Gaoping) -> None:
    with gaoping.world.workshop.writing() as work:
        for number in range(phrases.OWN_AT_MOST):
            phrases.add(decider(gaoping), work, "approve", f"同意{number}")
        with pytest.raises(Conflict):
            phrases.add(decider(gaoping), work, "approve", "又一条")
