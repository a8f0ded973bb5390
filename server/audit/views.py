"""Pages of the audit: records by stream, and the seals for keeping elsewhere."""

from dataclasses import asdict
from urllib.parse import urlencode

import orjson
from flask import Blueprint, Response, make_response, request

from server.actor import Actor
from server.audit import queries
from server.audit.models import StreamKind
from server.audit.verbs import Verb
from server.errors import NotAllowed
from server.i18n import Message
from server.web import current_actor, current_work, page_argument, render

blueprint = Blueprint("audit", __name__, url_prefix="/audit")

PERMISSION = "audit.read"


def _require_reader() -> Actor:
    """Records are not divided by unit, so reading them takes the permission over the root: one step in its path."""
    actor = current_actor()
    if not any(path.strip("/").count("/") == 0 for path in actor.paths(PERMISSION)):
        raise NotAllowed(Message("error-not-allowed"))
    return actor


@blueprint.get("/")
def index() -> Response:
    _require_reader()
    kind, key, verb = (request.args.get(name, "").strip() for name in ("kind", "key", "verb"))
    chosen = StreamKind(kind) if kind in set(StreamKind) else None
    page = queries.lines(
        current_work().session, kind=chosen, key=key, verb=verb if verb in set(Verb) else "", page=page_argument()
    )
    filters = urlencode({"kind": kind, "key": key, "verb": verb})
    return render(
        "audit/index.html",
        lines=page.lines,
        page={"number": page.number, "pages": page.pages, "total": page.total, "href": f"?{filters}&page={{n}}"},
        kinds=[each.value for each in StreamKind],
        verbs=[each.value for each in Verb],
        chosen={"kind": kind, "key": key, "verb": verb},
    )


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
