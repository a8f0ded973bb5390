"""The small application of the style guide: every part of the pages, and places that take its forms."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Flask, Response, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined
from markupsafe import Markup

from server.i18n import Message, text
from server.web import CONTENT_SECURITY_POLICY
from tests.browser.support import DIST, ROOT

TOKEN = "token-of-the-form"
HERE = ROOT / "tests" / "browser"


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

    def said(key: Message | str, **values: object) -> str:
        return text(key, request.args.get("lang", "zh-CN"), **values)

    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(asset=asset, csrf_field=csrf_field, t=said)

    @app.after_request
    def policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @app.get("/")
    @app.get("/error/<int:status>")
    def guide(status: int = 0) -> str:
        lang = request.args.get("lang", "zh-CN")
        context = _context(lang) if request.args.get("alone") is None else {"lang": lang}
        if status:
            fields = {"name": [Message("error-too-large", {"limit": "20 MB"})]} if status == 422 else {}
            words = text("error-stale", lang)
            return render_template("errors/error.html", status=status, message=words, fields=fields, **context)
        return render_template("style_guide.html", **context)

    @app.get("/inbox")
    def inbox() -> str:
        context = {**_context(request.args.get("lang", "zh-CN")), "banners": [], "flashes": [], "search": None}
        return render_template("style_guide_inbox.html", detail="detail" in request.args, **context)

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
        return Response((HERE / "guide.bpmn").read_text(encoding="utf-8"), mimetype="application/xml")

    return app, received


def _context(lang: str) -> dict[str, Any]:
    zh = lang == "zh-CN"

    def nav(key: str, chinese: str, english: str, icon: str, count: int = 0, group: str = "") -> dict[str, Any]:
        label = chinese if zh else english
        return {
            "key": key,
            "href": f"/?{key}",
            "label": label,
            "icon": icon,
            "count": count,
            "current": key == "board",
            "group": group,
        }

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
        "flashes": [
            ("ok", "已保存。" if zh else "Saved."),
            ("bad", "有内容需要修改。" if zh else "Something needs correcting."),
        ],
        "date": date,
        "diagram_src": "/diagram.bpmn",
        "big_rows": [
            [
                f"{unit} {n}",
                "核验" if zh else "Verification",
                f"{60 + n}.50",
                "2020-10-10",
                Markup('<a href="#">{}</a>').format("查看" if zh else "Open"),
            ]
            for n in range(1, 13)
        ],
        "icon_names": _icon_names(),
    }


def _icon_names() -> list[str]:
    return re.findall(r"^  '([a-z]+)':", (ROOT / "templates" / "_icons.html").read_text(encoding="utf-8"), re.MULTILINE)
