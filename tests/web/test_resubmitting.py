"""The page of a task that was sent back: two ways on, what each means, and what stands on the trail."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient

from server.actor import OnBehalf, Source
from server.tasks import operations
from tests.tasks.test_resubmitting import ALL, FIRST, STRAIGHT, Scene
from tests.web.site import Site, words

TYPED = {"summary": "做法", "staff": "7", "steps.0.what": "摸底"}


@pytest.fixture
def scene(site: Site) -> Scene:
    return Scene(site.world)


def visit(site: Site, language: str = "zh-CN") -> FlaskClient:
    return site.visitor(site.world.units[0], "liaison", language)


def hand_in(site: Site, client: FlaskClient, task_id: UUID, **more: str) -> tuple[int, str]:
    """What is answered; after a redirect, what the next page says."""
    answer = site.post(client, f"/tasks/{task_id}", **TYPED, action="hand_in", **more)
    return answer.status_code, words(client.get("/tasks") if answer.status_code == 303 else answer)


def test_a_task_that_was_never_sent_back_offers_nothing(site: Site, scene: Scene) -> None:
    assert 'name="_way"' not in visit(site).get(f"/tasks/{scene.at('Submit')}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-CN", ("逐级重新办理", "直接送“会签”", "“审核材料”的意见继续有效，不再办理")),
        ("en", ("Through all steps again", "Straight to “会签”", "stands and is not asked again")),
    ],
)
def test_both_ways_are_explained_and_all_steps_is_ticked(
    site: Site, scene: Scene, language: str, said: tuple[str, ...]
) -> None:
    scene.returned()
    answer = visit(site, language).get(f"/tasks/{scene.at('Submit')}")
    for each in said:
        assert each in words(answer)
    page = answer.get_data(as_text=True)
    assert 'name="_way" value="through-all" id="f-_way" checked' in page.replace("  ", " ")


def test_straight_is_said_and_stands_on_the_trail(site: Site, scene: Scene) -> None:
    scene.returned()
    status, page = hand_in(site, visit(site), scene.at("Submit"), _way=STRAIGHT)
    assert status == 303
    assert "已直接送“会签”" in page
    judge = site.visitor(site.world.authority, "member")
    trail = words(judge.get(f"/tasks/{scene.at('Judge')}"))
    assert "（直接送“会签”）" in trail
    assert "（继续有效，未再办理）" in trail
    assert "stands, not asked again" in words(
        site.visitor(site.world.authority, "member", "en").get(f"/tasks/{scene.at('Judge')}")
    )


def test_a_change_is_named_and_what_was_typed_and_chosen_is_kept(site: Site, scene: Scene) -> None:
    scene.returned()
    client, task_id = visit(site), scene.at("Submit")
    answer = site.post(client, f"/tasks/{task_id}", **{**TYPED, "summary": "改写"}, action="hand_in", _way=STRAIGHT)
    assert answer.status_code == 409
    assert "不能直接送“会签”。中间环节已经审过的“主要做法”有改动。" in words(answer)
    page = answer.get_data(as_text=True)
    assert "改写" in page
    assert 'value="straight" checked' in page
    assert "改写" in client.get(f"/tasks/{task_id}").get_data(as_text=True)
    site.post(client, f"/tasks/{task_id}", **{**TYPED, "summary": "改写"}, action="hand_in", _way=ALL)
    assert scene.open == ["Check"]


def test_without_a_choice_the_page_says_so_and_then_why_not(site: Site) -> None:
    scene = Scene(site.world, "brisk")
    scene.returned()
    client, task_id = visit(site), scene.at("Submit")
    page = client.get(f"/tasks/{task_id}")
    assert "提交后直接送“会签”" in words(page)
    assert 'name="_way"' not in page.get_data(as_text=True)
    answer = site.post(client, f"/tasks/{task_id}", **{**TYPED, "staff": "9"}, action="hand_in")
    assert answer.status_code == 303
    assert "将逐级重新办理。中间环节已经审过的“人数”有改动。" in words(client.get("/tasks"))
    assert scene.open == ["Check"]


def test_who_enters_for_the_unit_chooses_as_well(site: Site, scene: Scene) -> None:
    scene.returned()
    office = site.visitor(site.world.authority, "office")
    assert "直接送“会签”" in words(office.get(f"/tasks/{scene.at('Submit')}"))
    acting = operations.on_behalf(scene.office, OnBehalf("联络员", Source.PHONE, "电话记录"))
    scene.do(acting, "Submit", STRAIGHT, **FIRST)
    assert scene.open == ["Judge"]


def test_the_printed_form_says_what_was_not_asked_again(site: Site, scene: Scene) -> None:
    scene.returned()
    scene.do(scene.liaison, "Submit", STRAIGHT, **FIRST)
    judge = site.visitor(site.world.authority, "member")
    assert "继续有效，未再办理" in words(judge.get(f"/tasks/{scene.at('Judge')}/approval-form"))
