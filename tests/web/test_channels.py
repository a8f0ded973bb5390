"""The pages on which people and who manages accounts say by which ways people are told."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from server.channels import Channels
from server.config import Settings
from server.organisation.rules import PostKind
from tests.notifications.provider import Provider, provider
from tests.web.site import Site, words
from tests.web.test_matrix import administrator
from tests.world import World

MOBILE = "13800138000"
OWN = "/notifications/addresses"
SETTINGS = "/notifications/settings"


@pytest.fixture
def desk(world: World) -> Iterator[Provider]:
    """Set up for DingTalk, WeCom and text messages, as long as the test lasts."""
    parts = world.workshop.parts
    before = parts.get(Settings)
    with provider() as found:
        channels = found.channels()
        applications = {kind: own for kind, own in channels.applications.items() if kind != "feishu"}
        parts._parts[Settings] = replace(before, channels=replace(channels, applications=applications))
        yield found
    parts._parts[Settings] = before


@pytest.mark.usefixtures("desk")
def test_only_what_is_set_up_is_offered_and_what_was_entered_is_shown_masked(site: Site, world: World) -> None:
    client = site.visitor(world.units[0], "liaison")
    page = words(client.get(SETTINGS))
    assert all(word in page for word in ("钉钉", "企业微信", "短信"))
    assert "飞书" not in page
    answer = site.post(client, OWN, sms=MOBILE, sms_wanted="1", wecom="ZhangSan", dingtalk="")
    assert (answer.status_code, answer.headers["Location"]) == (303, SETTINGS)
    page = client.get(SETTINGS).get_data(as_text=True)
    assert "138****8000" in page
    assert MOBILE not in page
    assert "ZhangSan" not in page
    site.post(client, OWN, sms="", sms_forget="1")
    assert "138****8000" not in client.get(SETTINGS).get_data(as_text=True)


@pytest.mark.usefixtures("desk")
def test_what_is_no_address_is_refused_beside_its_field_and_the_rest_stays_typed(site: Site, world: World) -> None:
    client = site.visitor(world.units[0], "liaison")
    answer = site.post(client, OWN, _back=SETTINGS, sms=MOBILE, sms_wanted="1", wecom="@all", wecom_wanted="1")
    assert answer.headers["Location"] == f"{SETTINGS}#refused"
    again = client.get(SETTINGS)
    assert "用户 ID 只含字母" in words(again)
    assert f'value="{MOBILE}"' in again.get_data(as_text=True)
    assert 'value="@all"' in again.get_data(as_text=True)
    assert "138****8000" not in words(client.get(SETTINGS))


@pytest.mark.usefixtures("desk")
def test_who_manages_accounts_comes_from_the_account_and_enters_for_others(site: Site, world: World) -> None:
    keeper = administrator(site, PostKind.SECURITY_ADMINISTRATOR)
    person_id, name = world.people[world.units[0].id, "liaison"]
    path = f"/notifications/people/{person_id}"
    assert path in keeper.get(f"/accounts/{person_id}").get_data(as_text=True)
    assert name in words(keeper.get(path))
    assert site.post(keeper, path, dingtalk="user01", dingtalk_wanted="1").headers["Location"] == path
    assert "u****01" in words(keeper.get(path))
    answer = site.post(keeper, path, _back=path, dingtalk="a,b")
    assert answer.headers["Location"] == f"{path}#refused"
    for kind in (PostKind.SYSTEM_ADMINISTRATOR, PostKind.AUDIT_ADMINISTRATOR):
        other = administrator(site, kind)
        assert other.get(path).status_code == 404
        assert site.post(other, path, dingtalk="mine").status_code == 404


def test_where_nothing_is_set_up_nothing_is_asked(site: Site, world: World) -> None:
    assert world.workshop.parts.get(Settings).channels == Channels()
    client = site.visitor(world.units[0], "liaison")
    assert "其他通知渠道" not in words(client.get(SETTINGS))
    assert site.post(client, OWN, sms=MOBILE, sms_wanted="1").status_code == 303
    keeper = administrator(site, PostKind.SECURITY_ADMINISTRATOR)
    person_id, _ = world.people[world.units[0].id, "liaison"]
    assert "没有配置其他通知渠道" in words(keeper.get(f"/notifications/people/{person_id}"))
