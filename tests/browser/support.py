"""Helpers of the browser tests: serving an application, watched pages, axe, and the small application of the style guide."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask, Response, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from playwright.sync_api import ConsoleMessage, Page, Request
from werkzeug.serving import make_server

from server.i18n import text
from server.web import CONTENT_SECURITY_POLICY

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "server" / "static" / "dist"
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TOKEN = "token-of-the-form"

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def serving(app: Callable[..., Any]) -> Iterator[str]:
    """Serve a WSGI application in a thread; gives its address without a closing slash."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
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
        if "Content Security Policy" in message.text or (message.type == "error" and "Failed to load resource" not in message.text):
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
    """Fail when axe finds anything against WCAG 2.2 AA on the page as it is shown now."""
    page.evaluate(_axe_source())
    tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(r => r.violations)", tags)
    told = [f"{rule['id']}: {node['html'][:160]} {node['failureSummary']}" for rule in found for node in rule["nodes"]]
    assert not told, "\n".join(told)


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


def asset(name: str) -> str:
    """The address of a built file with a hash of its bytes."""
    return f"/static/dist/{name}?v={hashlib.sha256((DIST / name).read_bytes()).hexdigest()[:12]}"


def csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(TOKEN)


@dataclass
class Received:
    """What the style guide's application was sent."""

    drafts: list[dict[str, str]] = field(default_factory=list)
    uploads: list[dict[str, str]] = field(default_factory=list)
    posts: list[dict[str, list[str]]] = field(default_factory=list)


def style_guide_app() -> tuple[Flask, Received]:
    """The style guide with the strict policy, and places that take its forms: /draft, /upload, /ok."""
    app = Flask("style_guide", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "server" / "static"))
    received = Received()
    app.jinja_env.globals.update(asset=asset, csrf_field=csrf_field)

    @app.after_request
    def policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @app.get("/")
    @app.get("/error/<int:status>")
    def guide(status: int = 0) -> str:
        lang = request.args.get("lang", "zh-CN")
        app.jinja_env.globals["t"] = lambda key, **values: text(key, lang, **values)
        context = _context(lang) if request.args.get("alone") is None else {"lang": lang}
        if status:
            return render_template("errors/error.html", status=status, message=text("error-stale", lang), **context)
        return render_template("style_guide.html", **context)

    @app.post("/draft")
    def draft() -> ResponseReturnValue:
        received.drafts.append(request.form.to_dict())
        return jsonify(saved=True)

    @app.post("/upload")
    def upload() -> ResponseReturnValue:
        file = request.files["file"]
        if (file.filename or "").endswith(".exe"):
            return jsonify(title="EXE"), 422
        received.uploads.append({**request.form.to_dict(), "name": file.filename or "", "size": str(len(file.read()))})
        return jsonify(id=f"u{len(received.uploads)}", name=file.filename, size="1 KB")

    @app.post("/ok")
    def ok() -> ResponseReturnValue:
        received.posts.append(request.form.to_dict(flat=False))
        return redirect("/", code=303)

    @app.get("/diagram.bpmn")
    def diagram() -> Response:
        return Response(DIAGRAM, mimetype="application/xml")

    return app, received


def _context(lang: str) -> dict[str, Any]:
    zh = lang == "zh-CN"

    def nav(key: str, chinese: str, english: str, icon: str, count: int = 0, group: str = "") -> dict[str, Any]:
        label = chinese if zh else english
        return {"key": key, "href": f"/?{key}", "label": label, "icon": icon, "count": count, "current": key == "board", "group": group}

    admin = "管理" if zh else "Administration"
    unit = "市教育局" if zh else "Education Bureau"
    return {
        "lang": lang,
        "here": f"/?lang={lang}",
        "nav": [
            nav("inbox", "我的待办", "My tasks", "inbox", 12),
            nav("gates", "待我审批", "Approvals", "gate", 4),
            nav("board", "活动进展", "Campaigns", "chart"),
            nav("evidence", "佐证材料", "Evidence", "file"),
            nav("schemes", "方案", "Schemes", "flow", 0, admin),
            nav("units", "组织机构", "Organisation", "unit", 0, admin),
            nav("people", "人员与岗位", "People", "users", 0, admin),
        ],
        "me": {
            "name": "李敏" if zh else "Li Min",
            "unit": unit,
            "post": "办公室主任" if zh else "Office director",
            "posts": [
                {"id": "1", "label": "办公室主任" if zh else "Office director", "current": True},
                {"id": "2", "label": "创建办联络员" if zh else "Campaign contact"},
            ],
            "logout_url": "/ok",
            "profile_url": "/",
        },
        "search": {"action": "/", "label": "搜索单位、待办" if zh else "Search units, tasks"},
        "banners": [("warn", "演示环境：数据为虚构。" if zh else "Demonstration: all data is invented.")],
        "flashes": [("ok", "已保存。" if zh else "Saved."), ("bad", "有内容需要修改。" if zh else "Something needs correcting.")],
        "date": date,
        "diagram_src": "/diagram.bpmn",
        "big_rows": [
            [f"{unit} {n}", "核验" if zh else "Verification", f"{60 + n}.50", "2020-10-10", Markup('<a href="#">{}</a>').format("查看" if zh else "Open")]
            for n in range(1, 13)
        ],
        "icon_names": json.loads(_icon_names()),
    }


def _icon_names() -> str:
    lines = (ROOT / "templates" / "_icons.html").read_text(encoding="utf-8").splitlines()
    return json.dumps([line.split("'")[1] for line in lines if line.startswith("  '")])


def _shape(kind: str, key: str, x: int, y: int, w: int, h: int) -> str:
    return f'<bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}"><dc:Bounds x="{x}" y="{y}" width="{w}" height="{h}"/></bpmndi:BPMNShape>'


def _diagram() -> str:
    tasks = [("plan", "制定方案"), ("self", "开展自评"), ("verify", "组织核验"), ("recognise", "公布认定名单")]
    order = ["start", *(key for key, _ in tasks), "end"]
    nodes = "".join(f'<bpmn:userTask id="{key}" name="{name}"/>' for key, name in tasks)
    flows = "".join(f'<bpmn:sequenceFlow id="f{i}" sourceRef="{a}" targetRef="{b}"/>' for i, (a, b) in enumerate(zip(order, order[1:], strict=False)))
    shapes = _shape("event", "start", 60, 102, 36, 36) + _shape("event", "end", 860, 102, 36, 36)
    shapes += "".join(_shape("task", key, 150 + i * 180, 80, 110, 80) for i, (key, _) in enumerate(tasks))
    rights = [96, *(260 + i * 180 for i in range(4))]
    lefts = [*(150 + i * 180 for i in range(4)), 860]
    edges = "".join(
        f'<bpmndi:BPMNEdge id="f{i}_di" bpmnElement="f{i}"><di:waypoint x="{a}" y="120"/><di:waypoint x="{b}" y="120"/></bpmndi:BPMNEdge>'
        for i, (a, b) in enumerate(zip(rights, lefts, strict=True))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
        'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" targetNamespace="https://example.invalid/guide">'
        f'<bpmn:process id="guide" isExecutable="true"><bpmn:startEvent id="start"/>{nodes}<bpmn:endEvent id="end"/>{flows}</bpmn:process>'
        f'<bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="p" bpmnElement="guide">{shapes}{edges}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>'
    )


DIAGRAM = _diagram()
