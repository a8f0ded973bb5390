"""Helpers of the browser tests: serving an application, watching pages, axe, widths, sizes of targets."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, Request
from werkzeug.serving import make_server

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "server" / "static" / "dist"
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def _whole(app: Callable[..., Any]) -> Callable[..., Any]:
    """Answers read to their end before they are sent: a browser that goes away meanwhile leaves no file open."""

    def answer(environ: Any, start_response: Any) -> list[bytes]:
        body = app(environ, start_response)
        try:
            return [b"".join(body)]
        finally:
            if hasattr(body, "close"):
                body.close()

    return answer


@contextmanager
def serving(app: Callable[..., Any]) -> Iterator[str]:
    """Serve a WSGI application in a thread; gives its address without a closing slash."""
    server = make_server("127.0.0.1", 0, _whole(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Watch:
    """Collects what must not happen on a page; `check` fails when any of it did."""

    problems: list[str] = field(default_factory=list)

    def attach(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        harmless = message.type != "error" or "Failed to load resource" in message.text
        if "Content Security Policy" in message.text or not harmless:
            self.problems.append(f"console: {message.text}")

    def _request(self, asked: Request) -> None:
        parts = urlsplit(asked.url)
        if parts.scheme not in {"data", "blob", "about"} and parts.hostname not in {"127.0.0.1", "localhost"}:
            self.problems.append(f"request that leaves the machine: {asked.url}")

    def check(self) -> None:
        assert not self.problems, "\n".join(self.problems)


@cache
def _axe_source() -> str:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run `npm ci --ignore-scripts` in frontend/")
    return AXE.read_text(encoding="utf-8")


def axe(page: Page) -> None:
    """Fail when axe finds anything against WCAG 2.2 AA on the page as it is shown now.

    The window is as high as the page meanwhile: what lies half under the bar at the bottom is scrolled to, not missed.
    """
    size = page.viewport_size
    if size is not None:
        height = max(size["height"], int(page.evaluate("document.documentElement.scrollHeight")) + 200)
        page.set_viewport_size({"width": size["width"], "height": height})
    page.evaluate(_axe_source())
    tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
    run = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(r => r.violations)"
    found = page.evaluate(run, tags)
    if size is not None:
        page.set_viewport_size(size)
    told = [f"{rule['id']}: {node['html'][:160]} {node['failureSummary']}" for rule in found for node in rule["nodes"]]
    assert not told, "\n".join(told)


def follow(page: Page, link: Locator) -> None:
    """Click, and wait until the page that it leads to is there whole."""
    with page.expect_navigation(wait_until="load"):
        link.click()


def no_horizontal_scroll(page: Page) -> None:
    """Fail when the page is wider than the window, and say which elements stick out."""
    sticking_out: list[str] = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
            [document.documentElement.scrollWidth + ' px in a window of ' + innerWidth,
             ...[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
               .slice(0, 8).map(e => e.outerHTML.slice(0, 120))]"""
    )
    assert not sticking_out, "\n".join(sticking_out)


def small_targets(page: Page, least: int = 24) -> list[str]:
    """Buttons and fields smaller than so many pixels in either direction, as their opening tags."""
    found: list[str] = page.evaluate(
        """least => [...document.querySelectorAll('button, .btn, input:not([type=hidden]), select, .tabs a, .chip')]
            .filter(e => { const r = e.getBoundingClientRect(); return r.width && (r.width < least || r.height < least)
                           && !e.closest('.choice') && !e.closest('.vh') })
            .map(e => e.outerHTML.slice(0, 120))""",
        least,
    )
    return found
