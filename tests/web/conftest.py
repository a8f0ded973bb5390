"""A site for each test."""

import pytest

from server.identity import passwords
from tests.web.apps import app_on
from tests.web.site import CHEAP, Site, make_site
from tests.world import World


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm with little memory: what is tested here is not the cost."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP)


@pytest.fixture
def site(world: World) -> Site:
    return make_site(world, app_on(world.application))
