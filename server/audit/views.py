"""Pages of the audit: records by stream, and the seals for keeping elsewhere."""

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Blueprint, Response, make_response, request

from server.actor import Actor
from server.audit import queries
from server.audit.models import StreamKind
from server.audit.verbs import Verb
from server.errors import NotAllowed
from server.i18n import Message, has_text
from server.web import current_actor, current_work, page_argument, render, say
from server.words import day_and_time

blueprint = Blueprint("audit", __name__, url_prefix="/audit")

PERMISSION = "audit.read"
SHOWN = 300
"""Characters of one fact on the page; the whole stands in the database."""


def _require_reader() -> Actor:
    """Records are not divided by unit, so reading them takes the permission over the root: one step in its path."""
    actor = current_actor()
    if not any(path.strip("/").count("/") == 0 for path in actor.paths(PERMISSION)):
        raise NotAllowed(Message("error-not-allowed"))
    return actor


@blueprint.get("/")
def rows() -> Response:
    _require_reader()
    kind, key, verb = (request.args.get(name, "").strip() for name in ("kind", "key", "verb"))
    chosen = StreamKind(kind) if kind in set(StreamKind) else None
    page = queries.lines(
        current_work().session, kind=chosen, key=key, verb=verb if verb in set(Verb) else "", page=page_argument()
    )
    filters = urlencode({"kind": kind, "key": key, "verb": verb})
    return render(
        "audit/index.html",
        lines=[_shown(line) for line in page.lines],
        page={"number": page.number, "pages": page.pages, "total": page.total, "href": f"?{filters}&page={{n}}"},
        kind_choices=[(each.value, say(f"audit-kind-{each.value}")) for each in StreamKind],
        verb_choices=sorted(((each.value, _verb(each.value)) for each in Verb), key=lambda choice: choice[1]),
        chosen={"kind": kind, "key": key, "verb": verb},
    )


def _shown(line: queries.Line) -> dict[str, Any]:
    """A row in words: who, where they stood, and for whom; then the facts as they were recorded."""
    who = say("audit-by-system") if line.actor.get("kind") == "system" else str(line.actor.get("name", ""))
    stood = " ".join(str(line.actor[name]) for name in ("unit_name", "post_title") if line.actor.get(name))
    behalf = line.actor.get("on_behalf")
    if behalf:
        source = say(f"audit-source-{behalf.get('source', 'paper')}")
        who = f"{who} · {say('audit-on-behalf', name=str(behalf.get('name', '')), source=source)}"
    place = say("audit-place", kind=say(f"audit-kind-{line.stream.kind}"), sequence=line.sequence)
    return {
        "at": day_and_time(line.at),
        "who": f"{who} · {stood}" if stood else who,
        "what": _verb(line.verb),
        "facts": _facts(line),
        "whole": orjson.dumps({"subject": line.subject, "details": line.details}, option=orjson.OPT_INDENT_2).decode(),
        "place": place,
        "kind": line.stream.kind,
        "key": line.stream.key,
    }


def _verb(verb: str) -> str:
    return say(f"audit-verb-{verb.replace(':', '-')}")


def _facts(line: queries.Line) -> list[tuple[str, str]]:
    """What a reader can make sense of, with its name in words; ids and the rest stand in the whole row."""
    both = {**line.details, **line.subject}
    keys = ((name, f"audit-fact-{name.replace('_', '-')}") for name in both)
    return [
        (say(key), _short(both[name])) for name, key in keys if both[name] not in (None, "", [], {}) and has_text(key)
    ]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


@blueprint.get("/seals")
def seals() -> Response:
    """All seals as one JSON document, to be kept outside this system."""
    _require_reader()
    found = [asdict(seal) for seal in queries.export_seals(current_work().session)]
    response = make_response(orjson.dumps({"seals": found}, option=orjson.OPT_INDENT_2))
    response.mimetype = "application/json"
    response.headers["Content-Disposition"] = 'attachment; filename="greengate-seals.json"'
    response.headers["Cache-Control"] = "no-store"
    return response
