"""Fixtures of the browser tests: one Chromium per session, watched pages, the style guide's application."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Literal, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.guide import Received, style_guide_app
from tests.browser.support import CHROMIUM_FLAGS, Watch, serving

CHROMIUM = os.environ.get("GREENGATE_CHROMIUM", "/usr/bin/chromium")
HEIGHTS = {1440: 900, 390: 844}


class OpenPage(Protocol):
    """Opens an address in a fresh context; problems on the page fail the test at its end."""

    def __call__(
        self,
        url: str,
        *,
        width: int = 1440,
        dark: bool = False,
        scripts: bool = True,
        language: Literal["zh-CN", "en"] = "zh-CN",
    ) -> Page: ...


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; skipped with the reason where it is not installed."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: install the package chromium, or set GREENGATE_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    watch = Watch()
    contexts: list[BrowserContext] = []

    def opened(
        url: str,
        *,
        width: int = 1440,
        dark: bool = False,
        scripts: bool = True,
        language: Literal["zh-CN", "en"] = "zh-CN",
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": HEIGHTS.get(width, 900)},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            locale=language,
            has_touch=width < 821,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        watch.attach(page)
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    watch.check()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., str]]:
    """serve(app) gives the address of a WSGI application until the session ends."""
    with ExitStack() as running:
        yield lambda app: running.enter_context(serving(app))


@pytest.fixture(scope="session")
def guide(serve: Callable[..., str]) -> tuple[str, Received]:
    """The style guide's address, and what its forms sent."""
    app, received = style_guide_app()
    return serve(app), received
