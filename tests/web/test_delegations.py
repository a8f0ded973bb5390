"""The page on which a colleague is let act, and the banner that says so on every page of theirs."""

from tests.web.site import Site, words
from tests.world import World

PAGE = "/me/delegations"


def test_a_post_is_given_shown_and_taken_back(site: Site, world: World) -> None:
    unit = world.units[0]
    liaison, head = site.visitor(unit, "liaison"), site.visitor(unit, "head")
    fields = {"post": world.posts[unit.id, "liaison"], "person": world.people[unit.id, "head"][0]}
    site.post(liaison, PAGE, **fields, **{"from": "2026-03-02", "until": "2026-03-09"}, _back=PAGE)
    assert "2026年3月9日" in words(liaison.get(PAGE))
    banner = f"您正在代{world.people[unit.id, 'liaison'][1]}办理"
    assert banner in words(head.get("/inbox"))
    assert banner not in words(liaison.get("/inbox"))
    action = liaison.get(PAGE).get_data(as_text=True).split('action="/me/delegations/')[1].split('"')[0]
    site.post(liaison, f"{PAGE}/{action}")
    assert banner not in words(head.get("/inbox"))


def test_a_wrong_day_comes_back_with_what_was_chosen(site: Site, world: World) -> None:
    unit = world.units[0]
    liaison, _ = site.visitor(unit, "liaison"), site.visitor(unit, "head")
    person_id = world.people[unit.id, "head"][0]
    fields = {"post": world.posts[unit.id, "liaison"], "person": person_id, "from": "2026-03-09", "until": "2026-03-02"}
    site.post(liaison, PAGE, **fields, _back=PAGE)
    page = liaison.get(PAGE).get_data(as_text=True)
    assert "结束日期不能早于开始日期" in page
    assert f'value="{person_id}" selected' in page


def test_who_has_no_colleague_with_an_account_reads_so(site: Site, world: World) -> None:
    assert "本单位没有其他有账号的同事" in words(site.visitor(world.units[1], "liaison").get(PAGE))
