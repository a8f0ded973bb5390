"""Routes of the interface for programs. One guard stands before all of them and takes its rules from the document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response, current_app, g, make_response, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from server.actor import Actor
from server.api import answers, operations, queries, rules
from server.api.document import DOCUMENT, JSON, KEY_AT_MOST, MULTIPART, OPERATIONS, Operation
from server.api.operations import Request
from server.campaigns import queries as campaigns
from server.campaigns.registry import CampaignParts, Result
from server.db.idempotency import Answer
from server.db.work import Work
from server.errors import Invalid, LoginRequired, NotAllowed, NotFound, TooLarge
from server.i18n import Message
from server.organisation.models import DEFAULT_ZONE
from server.processes import incidents
from server.processes.commands import ProcessFailed
from server.schemes import queries as schemes
from server.tasks import queries as tasks
from server.tasks.form_choices import with_choices
from server.tasks.kinds import TaskContext, TaskKind, TaskKinds
from server.tasks.models import TaskState
from server.tasks.operations import NotComplete
from server.tasks.queries import TaskPage
from server.web import commit_anyway, current_actor, current_work, language, problem, say

blueprint = Blueprint("api", __name__)

BODY_AT_MOST = 1024 * 1024
"""Bytes of a JSON body; files have the limit of uploads."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that the guard has let through. body: checked by its schema; empty where there is none."""

    key: str
    raw: bytes
    body: Mapping[str, Any]


@blueprint.before_request
def guard() -> ResponseReturnValue | None:
    """Who asks, may the token do this, is the request well made: in this order, and before any view runs.

    The body is read before a transaction begins, so that a slow sender keeps nobody waiting.
    """
    operation = OPERATIONS[(request.endpoint or "").removeprefix("api.")]
    if not operation.scopes:
        return None
    if not request.headers.get("Authorization", "").lower().startswith("bearer "):
        raise LoginRequired(Message("api-token-needed"))
    raw = _read(operation)
    try:
        actor = current_actor()
    except LoginRequired as error:
        raise LoginRequired(Message("api-token-needed")) from error
    if not any(actor.may_anywhere(scope) for scope in operation.scopes):
        raise NotAllowed(Message("api-scope-needed", {"scopes": ", ".join(operation.scopes)}))
    wrong = rules.query_faults(operation.query, request.args.to_dict(flat=False))
    if wrong:
        raise Invalid(Message("error-invalid"), wrong)
    return None if operation.schema is None else _check(operation, raw)


def _read(operation: Operation) -> bytes:
    """The bytes of the body, or for a form its parts, within the limit."""
    if operation.media_type == JSON:
        request.max_content_length = BODY_AT_MOST
    try:
        if operation.media_type == MULTIPART:
            request.files  # noqa: B018 - parses the form, and raises what is wrong with it
            return b""
        return request.get_data() if operation.schema is not None else b""
    except RequestEntityTooLarge as error:
        limit = f"{BODY_AT_MOST // 2**20} MB" if operation.media_type == JSON else ""
        if not limit:
            raise
        raise TooLarge(Message("error-too-large", {"limit": limit})) from error


def _check(operation: Operation, raw: bytes) -> ResponseReturnValue | None:
    """Header, media type and body of a writing request; leaves what was asked for the view."""
    key = request.headers.get("Idempotency-Key", "")
    if not 0 < len(key) <= KEY_AT_MOST or not all("!" <= character <= "~" for character in key):
        return problem(400, say("api-key-needed", most=KEY_AT_MOST))
    if request.mimetype != operation.media_type:
        return problem(415, say("api-json-wanted", type=operation.media_type))
    schema = cast(Mapping[str, Any], operation.schema)
    if operation.media_type == MULTIPART:
        body: Any = request.form.to_dict() | dict.fromkeys(request.files, "")
        wrong = rules.form_faults(schema, body)
    else:
        try:
            body = rules.read_json(raw)
        except rules.NotJson:
            return problem(400, say("api-json-broken"))
        wrong = rules.faults(schema, body)
    if wrong:
        raise Invalid(Message("error-invalid" if isinstance(body, dict) else "api-body-object"), wrong)
    g.asked = Asked(key, rules.canonical(body), body)
    return None


def _asked() -> Asked:
    return cast(Asked, g.asked)


@blueprint.after_request
def headers(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Content-Language"] = language()
    response.vary.update(("Accept-Language", "Authorization"))
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _json(answer: Answer, location: str | None = None) -> Response:
    response = make_response(current_app.json.response(dict(answer.body)), answer.status)
    if location is not None:
        response.headers["Location"] = location
    return response


def _page() -> int:
    return int(request.args.get("page", "1"))


@blueprint.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    return make_response(current_app.json.response(DOCUMENT))


# --- instances --------------------------------------------------------------------------------------------------------


@blueprint.post("/instances")
def start_instance() -> ResponseReturnValue:
    actor, work, asked = current_actor(), current_work(), _asked()

    def do() -> Answer:
        return Answer(201, answers.instance(operations.start_instance(actor, work, asked.body)))

    try:
        answer = operations.once(actor, work, Request("start_instance", asked.key, asked.raw), do)
    except ProcessFailed as error:
        return _failed(work, error, None)
    return _json(answer, url_for("api.read_instance", instance_id=answer.body["id"]))


@blueprint.get("/instances/<uuid:instance_id>")
def read_instance(instance_id: UUID) -> ResponseReturnValue:
    return _json(Answer(200, answers.instance(queries.instance(current_actor(), current_work(), instance_id))))


def _failed(work: Work, error: ProcessFailed, task_id: UUID | None) -> ResponseReturnValue:
    """Nothing of the step is kept but the incident."""
    work.session.rollback()
    if task_id is not None:
        incidents.raise_for_step(work, error, task_id)
        commit_anyway()
    return problem(503, say(error.message))


# --- campaigns --------------------------------------------------------------------------------------------------------


@blueprint.get("/campaigns")
def list_campaigns() -> ResponseReturnValue:
    number = _page()
    rows, total = campaigns.campaigns(current_actor(), current_work(), number)
    return _json(Answer(200, answers.page_of(rows, answers.campaign_line, number, campaigns.PAGE, total)))


@blueprint.post("/campaigns")
def open_campaign() -> ResponseReturnValue:
    actor, work, asked = current_actor(), current_work(), _asked()

    def do() -> Answer:
        campaign = operations.open_campaign(actor, work, asked.body, asked.key)
        work.session.flush()
        return Answer(201, _campaign(actor, work, campaign.id))

    answer = operations.once(actor, work, Request("open_campaign", asked.key, asked.raw), do)
    return _json(answer, url_for("api.read_campaign", campaign_id=answer.body["id"]))


@blueprint.get("/campaigns/<uuid:campaign_id>")
def read_campaign(campaign_id: UUID) -> ResponseReturnValue:
    return _json(Answer(200, _campaign(current_actor(), current_work(), campaign_id)))


def _campaign(actor: Actor, work: Work, campaign_id: UUID) -> dict[str, Any]:
    detail = _visible_campaign(actor, work, campaign_id)
    version = detail.campaign.scheme_version_id
    scheme, parts = schemes.scheme_of(work, version), work.part(CampaignParts)
    return answers.campaign(
        detail,
        (queries.scheme_of(work, version), queries.unit(work, str(detail.campaign.unit_id))),
        (scheme, schemes.words_of(work, version, language())),
        campaigns.phase_counts(work, campaign_id, [phase.key for phase in scheme.phases]),
        campaigns.schedule(work, campaign_id),
        parts.target(work, campaign_id) if parts.target else None,
    )


def _visible_campaign(actor: Actor, work: Work, campaign_id: UUID) -> campaigns.CampaignDetail:
    detail = campaigns.campaign(work, campaign_id)
    if detail is None or not (campaigns.may_see(actor, work, detail) or actor.may(operations.MANAGE, detail.unit_path)):
        raise NotFound(Message("error-not-found"))
    return detail


@blueprint.get("/campaigns/<uuid:campaign_id>/participants")
def list_participants(campaign_id: UUID) -> ResponseReturnValue:
    """For who oversees the authority: what others have reached is nobody else's business."""
    actor, work = current_actor(), current_work()
    detail = _visible_campaign(actor, work, campaign_id)
    if not any(actor.may(permission, detail.unit_path) for permission in (campaigns.VIEW, operations.MANAGE)):
        raise NotFound(Message("error-not-found"))
    found, results = campaigns.board(work, campaign_id, _page()), work.part(CampaignParts).results
    known = results(work, campaign_id, [row.participant_id for row in found.rows]) if results else {}

    def shape(row: campaigns.BoardRow) -> dict[str, Any]:
        return answers.participant(row, known.get(row.participant_id, Result()))

    return _json(Answer(200, answers.page_of(found.rows, shape, found.number, campaigns.PAGE, found.total)))


# --- tasks ------------------------------------------------------------------------------------------------------------


@blueprint.get("/tasks")
def list_tasks() -> ResponseReturnValue:
    work, asked = current_work(), request.args
    found = tasks.inbox(
        current_actor(),
        work,
        chosen=asked.get("show", "all"),
        words=asked.get("q", "").strip(),
        page=_page(),
        zone=DEFAULT_ZONE,
        counted=False,
    )

    def shape(row: tasks.TaskRow) -> dict[str, Any]:
        title = schemes.word(work, row.scheme_version_id, row.element_id, row.title, language())
        return answers.task_line(row, title)

    return _json(Answer(200, answers.page_of(found.rows, shape, found.number, tasks.PAGE, found.total)))


@blueprint.get("/tasks/<uuid:task_id>")
def read_task(task_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    page = tasks.task_page(work, task_id)
    if page is None or not tasks.may_see(actor, page):
        raise NotFound(Message("error-not-found"))
    page = tasks.shown_to(actor, page)
    task = page.task
    kind, context = _kind(work, page)
    is_open = task.state == TaskState.OPEN
    body = answers.task(
        page,
        schemes.word(work, page.scheme_version_id, task.element_id, task.title, language()),
        page.light,
        mine=is_open and tasks.has_seat(actor, page),
        fields=_fields(work, context),
        missing=_missing(work, kind, context, page.values) if is_open else [],
    )
    return _json(Answer(200, body))


def _kind(work: Work, page: TaskPage) -> tuple[TaskKind, TaskContext]:
    task, element = page.task, None
    if page.scheme_version_id is not None and page.process_key and task.element_id:
        element = schemes.definition_of(work, page.scheme_version_id, page.process_key).elements.get(task.element_id)
    return work.part(TaskKinds)[task.kind], TaskContext(task, element, page.scheme_version_id, language())


def _fields(work: Work, context: TaskContext) -> Sequence[dict[str, Any]]:
    """The fields of the task's form; a task of another kind has none that could be listed."""
    key = context.element.form if context.element is not None else None
    if key is None or context.scheme_version_id is None:
        return []
    words = schemes.words_of(work, context.scheme_version_id, language())
    form = with_choices(work, context.task, schemes.form_of(work, context.scheme_version_id, key))
    return [answers.field(key, entry, words) for entry in form.fields]


def _missing(work: Work, kind: TaskKind, context: TaskContext, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    checked = kind.check(work, context, dict(values))
    found = [answers.lacking(path, say(each)) for path, messages in checked.errors.items() for each in messages]
    return found + [
        answers.lacking(each.anchor, say(each.text)) for each in kind.missing(work, context, checked.values)
    ]


@blueprint.post("/tasks/<uuid:task_id>/completion")
def complete_task(task_id: UUID) -> ResponseReturnValue:
    work, asked = current_work(), _asked()
    try:
        done = operations.complete_task(current_actor(), work, task_id, asked.body, asked.key)
    except NotComplete as error:
        return _not_complete(error)
    except ProcessFailed as error:
        return _failed(work, error, task_id)
    return _json(Answer(200, answers.completion(done)))


def _not_complete(error: NotComplete) -> Response:
    response = problem(422, say(error.message), error.fields)
    body = cast(dict[str, Any], response.get_json())
    body["missing"] = [answers.lacking(each.anchor, say(each.text)) for each in error.missing]
    response.set_data(current_app.json.dumps(body))
    return response


# --- evidence ---------------------------------------------------------------------------------------------------------


@blueprint.post("/evidence")
def upload_evidence() -> ResponseReturnValue:
    given = request.files.getlist("file")
    if len(given) != 1 or not given[0].filename:
        raise Invalid(Message("api-file-needed"), {"file": [Message("api-file-needed")]})
    asked = _asked()
    added = operations.add_evidence(
        current_actor(), current_work(), asked.body, given[0].stream, given[0].filename, asked.key
    )
    return _json(Answer(201, answers.evidence(added)), url_for("evidence.download", evidence_id=added.id))
