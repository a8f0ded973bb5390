"""The OpenAPI document, by hand and in one place; routes take their scopes, parameters and body shapes from it."""

from dataclasses import dataclass
from typing import Any

from server.api.schemas import SCHEMAS

JSON = "application/json"
MULTIPART = "multipart/form-data"
KEY_AT_MOST = 80

Part = dict[str, Any]

DESCRIPTION = """\
Everything an answer holds is what the token's owner may see, narrowed to the token's scopes.
Errors are problem documents (RFC 9457) in the language of `Accept-Language` (`zh-CN`, else `en`).
Instants are UTC; days are days in the zone of the unit they belong to. Nothing is ever changed by a GET.
"""

ID_IN_PATH: Part = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
PAGE: Part = {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100000}}
IDEMPOTENCY_KEY: Part = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same key with the same request is answered the same and done once; with another one, refused.",
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_AT_MOST, "pattern": "^[!-~]+$"},
}
PROBLEMS = {
    400: "The body is not JSON, or a header is missing or malformed.",
    401: "No token, or one that is unknown, revoked or over.",
    403: "The token lacks the scope, or its owner the permission.",
    404: "There is no such thing, or it is none of the token's business.",
    409: "It is no longer in the state that this needs; the title says who changed it and when.",
    413: "The body is too large.",
    415: "The body has another media type.",
    422: "Something in the request cannot be taken; `fields` says what. Or the key was used for another request.",
    503: "A part of the machine fails; nothing was done.",
}


def _problems(*statuses: int) -> Part:
    shape = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        str(status): {"description": PROBLEMS[status], "content": {"application/problem+json": shape}}
        for status in statuses
    }


def _answer(status: int, description: str, schema: str) -> Part:
    shape = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {str(status): {"description": description, "content": {JSON: shape}}}


def _scopes(*names: str) -> list[Part]:
    """Any one of these is enough."""
    return [{"token": [name]} for name in names]


def _reads(name: str, summary: str, scopes: tuple[str, ...], schema: str, *parameters: Part) -> Part:
    in_path = any(each["in"] == "path" for each in parameters)
    return {
        "operationId": name,
        "summary": summary,
        "security": _scopes(*scopes),
        "parameters": list(parameters),
        "responses": _answer(200, "As asked.", schema) | _problems(401, 403, *([404] if in_path else []), 422),
    }


def _writes(
    name: str, summary: str, scopes: tuple[str, ...], body: tuple[str, str], answer: Part, *parameters: Part
) -> Part:
    media_type, schema = body
    content = {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {
        "operationId": name,
        "summary": summary,
        "security": _scopes(*scopes),
        "parameters": [*parameters, IDEMPOTENCY_KEY],
        "requestBody": {"required": True, "content": content},
        "responses": answer | _problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
    }


TASK_FILTERS = ("all", "overdue", "today", "gate", "returned", "rescue")

PATHS: Part = {
    "/openapi.json": {
        "get": {
            "operationId": "openapi",
            "summary": "This document",
            "security": [],
            "parameters": [],
            "responses": {"200": {"description": "OpenAPI 3.1.", "content": {JSON: {"schema": {"type": "object"}}}}},
        }
    },
    "/instances": {
        "post": _writes(
            "start_instance",
            "Start a published process by itself, for one business key",
            ("campaign.manage",),
            (JSON, "StartInstance"),
            _answer(201, "Started.", "Instance"),
        )
    },
    "/instances/{id}": {
        "get": _reads(
            "read_instance",
            "An instance: its state, what waits, how it ended",
            ("campaign.view", "campaign.manage", "process.operate", "unit.work"),
            "Instance",
            ID_IN_PATH,
        )
    },
    "/campaigns": {
        "get": _reads(
            "list_campaigns",
            "Campaigns, newest first",
            ("campaign.view", "campaign.manage", "unit.work"),
            "CampaignList",
            PAGE,
        ),
        "post": _writes(
            "open_campaign",
            "Open a campaign; its processes start in the background",
            ("campaign.manage",),
            (JSON, "OpenCampaign"),
            _answer(201, "Opened; `state` is `opening` until the processes have started.", "Campaign"),
        ),
    },
    "/campaigns/{id}": {
        "get": _reads(
            "read_campaign",
            "A campaign: phases, deadlines, target",
            ("campaign.view", "campaign.manage", "unit.work"),
            "Campaign",
            ID_IN_PATH,
        )
    },
    "/campaigns/{id}/participants": {
        "get": _reads(
            "list_participants",
            "The participants of a campaign with their totals, in the campaign's order",
            ("campaign.view", "campaign.manage"),
            "ParticipantList",
            ID_IN_PATH,
            PAGE,
        )
    },
    "/tasks": {
        "get": _reads(
            "list_tasks",
            "The open tasks of the token's owner, soonest first",
            ("unit.work", "task.rescue"),
            "TaskList",
            PAGE,
            {"name": "show", "in": "query", "schema": {"enum": list(TASK_FILTERS)}},
            {
                "name": "q",
                "in": "query",
                "description": "Part of a title, a matter or a unit's name.",
                "schema": {"type": "string", "maxLength": 100},
            },
        )
    },
    "/tasks/{id}": {
        "get": _reads(
            "read_task",
            "A task, with what it asks for and what is still missing",
            ("unit.work", "task.on_behalf", "task.rescue", "campaign.view"),
            "Task",
            ID_IN_PATH,
        )
    },
    "/tasks/{id}/completion": {
        "post": _writes(
            "complete_task",
            "Hand a task in, or give a verdict on it",
            ("unit.work", "task.on_behalf"),
            (JSON, "CompleteTask"),
            _answer(200, "Recorded.", "Completion"),
            ID_IN_PATH,
        )
    },
    "/evidence": {
        "post": _writes(
            "upload_evidence",
            "Store a file as evidence of a unit",
            ("unit.work", "task.on_behalf", "verification.do", "gate.decide", "campaign.manage"),
            (MULTIPART, "UploadEvidence"),
            _answer(201, "Stored.", "Evidence"),
        )
    },
}

DOCUMENT: Part = {
    "openapi": "3.1.0",
    "info": {
        "title": "Greengate",
        "version": "1",
        "description": DESCRIPTION,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    },
    "servers": [{"url": "/api/v1"}],
    "paths": PATHS,
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "Made by its owner on the page of one's own tokens; scopes are permissions.",
            }
        },
    },
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry of the document as the routes use it.

    scopes: any one is enough; empty means open to everybody. query: parameter to its schema. media_type, schema: of the
    body, None where there is none.
    """

    name: str
    method: str
    path: str
    scopes: tuple[str, ...]
    query: dict[str, Part]
    media_type: str | None = None
    schema: Part | None = None


def _operation(path: str, method: str, entry: Part) -> Operation:
    content = entry.get("requestBody", {}).get("content", {})
    media_type = next(iter(content), None)
    reference = content[media_type]["schema"]["$ref"] if media_type else ""
    return Operation(
        name=entry["operationId"],
        method=method.upper(),
        path=path,
        scopes=tuple(scope for each in entry["security"] for scope in each["token"]),
        query={each["name"]: each["schema"] for each in entry["parameters"] if each["in"] == "query"},
        media_type=media_type,
        schema=SCHEMAS[reference.rsplit("/", 1)[1]] if media_type else None,
    )


OPERATIONS: dict[str, Operation] = {
    entry["operationId"]: _operation(path, method, entry)
    for path, methods in PATHS.items()
    for method, entry in methods.items()
}
"""By operationId, which is the name of the view."""
