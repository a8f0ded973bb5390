"""A task's page says who has the matter now, and what comes next by the diagram."""

from tests.web.site import Site, words


def test_who_has_it_now_and_what_may_come_next(site: Site) -> None:
    world = site.world
    world.start("approval", "一件", world.units[0])
    liaison = world.actor(world.units[0], "liaison")
    task_id = world.inbox(liaison)[0].id
    browser = site.visitor(world.units[0], "liaison")
    shown = words(browser.get(f"/tasks/{task_id}"))
    assert f"{liaison.name} 正在办理“报送材料”" in shown
    assert "转入“审核材料”（" in shown
    world.do(liaison, task_id, summary="做法")
    shown = words(browser.get(f"/tasks/{task_id}"))
    office = world.actor(world.authority, "office")
    assert f"{office.name} 正在办理“审核材料”" in shown
    assert "若" in shown
    world.do(office, world.inbox(office)[0].id, verdict="approve")
    assert "当前与下一步" not in words(browser.get(f"/tasks/{task_id}"))
