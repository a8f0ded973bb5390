"""The shapes of requests and answers as JSON Schema; part of the OpenAPI document, and what requests are checked by."""

from typing import Any

Schema = dict[str, Any]

POINTS_PATTERN = r"^-?[0-9]+\.[0-9]{2}$"


def _object(properties: Schema, *, optional: tuple[str, ...] = (), description: str = "") -> Schema:
    """A closed object, all of whose properties are there unless they are named as optional."""
    made: Schema = {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }
    return made | ({"description": description} if description else {})


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _named(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _list_of(name: str) -> Schema:
    """One page of a list."""
    return _object(
        {
            "items": {"type": "array", "items": _named(name)},
            "page": {"type": "integer", "minimum": 1},
            "pages": {"type": "integer", "minimum": 1},
            "total": {"type": "integer", "minimum": 0},
        }
    )


TEXT: Schema = {"type": "string"}
ID: Schema = {"type": "string", "format": "uuid"}
INSTANT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$",
    "description": "UTC.",
}
DAY: Schema = {"type": "string", "format": "date"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SCHEME_KEY: Schema = {"type": "string", "minLength": 1, "maxLength": 100}
VERSION: Schema = {"type": "integer", "minimum": 1, "description": "Without it, the newest published version."}
UNIT: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 60,
    "description": "Id or code of a unit. Without it, the unit in which the token's owner holds posts.",
}

REQUESTS: dict[str, Schema] = {
    "StartInstance": _object(
        {
            "scheme": SCHEME_KEY,
            "version": VERSION,
            "process": {"type": "string", "minLength": 1, "maxLength": 100},
            "business_key": {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "description": "What the instance is about; a process runs once at a time for one business key.",
            },
            "unit": UNIT | {"description": f"Whose matter it is. {UNIT['description']}"},
        },
        optional=("version", "unit"),
    ),
    "OpenCampaign": _object(
        {
            "scheme": SCHEME_KEY,
            "version": VERSION,
            "unit": UNIT | {"description": f"The authority. {UNIT['description']}"},
            "year": {"type": "integer", "minimum": 2000, "maximum": 2100},
            "title": {"type": "string", "minLength": 1, "maxLength": 200},
            "starts_on": DAY,
            "participants": {
                "type": "array",
                "minItems": 1,
                "maxItems": 5000,
                "uniqueItems": True,
                "items": {"type": "string", "minLength": 1, "maxLength": 60},
                "description": "Ids or codes of units, in the order in which lists show them.",
            },
            "dates": {
                "type": "object",
                "additionalProperties": DAY,
                "description": "Deadline to its last day. What is left out is proposed by the scheme's rules.",
            },
            "parameters": {
                "type": "object",
                "additionalProperties": {"type": ["string", "integer", "boolean"], "maxLength": 200},
                "description": "What the scheme asks for at opening; decimals as text.",
            },
        },
        optional=("version", "unit", "dates", "parameters"),
    ),
    "CompleteTask": _object(
        {
            "values": {
                "type": "object",
                "description": "Field to value, as `fields` of the task names them. Decimals may come as text.",
            },
            "way": {
                "enum": ["through-all", "straight"],
                "description": "Of work that was sent back, where the diagram leaves the choice: by all steps again, "
                "or straight to the task that returned it. Refused with 409 when what was approved has changed.",
            },
            "on_behalf": _object(
                {
                    "name": {"type": "string", "minLength": 1, "maxLength": 100},
                    "source": {"enum": ["phone", "paper", "file", "meeting"]},
                    "note": {"type": "string", "maxLength": 500},
                    "scan": ID | {"description": "Evidence that shows the original."},
                },
                optional=("note", "scan"),
                description="For whom this counts, when somebody else enters it.",
            ),
        },
        optional=("on_behalf", "way"),
    ),
    "UploadEvidence": _object(
        {
            "file": {"type": "string", "contentMediaType": "application/octet-stream"},
            "unit": UNIT,
            "note": {"type": "string", "maxLength": 500},
            "proves_on": DAY,
        },
        optional=("unit", "note", "proves_on"),
    ),
}

UNIT_SHOWN = _object({"id": ID, "code": TEXT, "name": TEXT})
SCHEME_SHOWN = _object({"key": TEXT, "version": {"type": "integer"}})
LIGHT: Schema = {"enum": ["none", "green", "yellow", "red"]}

ANSWERS: dict[str, Schema] = {
    "Points": _object(
        {"value": {"type": "number"}, "exact": {"type": "string", "pattern": POINTS_PATTERN}},
        description="`exact` is the truth, to two decimal places; `value` is for charts.",
    ),
    "Problem": {
        "type": "object",
        "required": ["type", "status", "title"],
        "properties": {
            "type": TEXT,
            "status": {"type": "integer"},
            "title": TEXT | {"description": "What is wrong, in the reader's language."},
            "fields": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": TEXT},
                "description": "Path of a field (`participants.3`) to what is wrong with it.",
            },
            "missing": {"type": "array", "items": _named("Missing")},
        },
        "description": "RFC 9457.",
    },
    "Missing": _object({"field": TEXT, "text": TEXT}, description="Something a task still lacks."),
    "Waiting": _object(
        {"id": ID, "title": TEXT, "element": _or_null(TEXT), "opened_at": INSTANT, "due_at": _or_null(INSTANT)},
        description="An open task.",
    ),
    "Children": _object(
        {
            "element": TEXT,
            "process": TEXT,
            "state": {"enum": ["filling", "open", "closed", "cancelled"]},
            "counts": {"type": "object", "additionalProperties": COUNT},
        },
        description="A fan-out, with how many of its items are in which state.",
    ),
    "Instance": _object(
        {
            "id": ID,
            "scheme": SCHEME_SHOWN,
            "process": TEXT,
            "business_key": TEXT,
            "state": {"enum": ["running", "ended", "cancelled"]},
            "outcome": _or_null(TEXT) | {"description": "The end event that was reached."},
            "unit": _or_null(UNIT_SHOWN),
            "campaign": _or_null(ID),
            "attempt": {"type": "integer", "minimum": 1},
            "started_at": INSTANT,
            "ended_at": _or_null(INSTANT),
            "waiting": {"type": "array", "items": _named("Waiting")},
            "children": {"type": "array", "items": _named("Children")},
        }
    ),
    "CampaignLine": _object(
        {
            "id": ID,
            "title": TEXT,
            "unit_name": TEXT,
            "year": {"type": "integer"},
            "state": {"enum": ["opening", "running", "ended", "cancelled"]},
            "starts_on": DAY,
            "participants": COUNT,
            "open_tasks": COUNT,
            "overdue": COUNT,
        }
    ),
    "CampaignList": _list_of("CampaignLine"),
    "Campaign": _object(
        {
            "id": ID,
            "scheme": SCHEME_SHOWN,
            "title": TEXT,
            "unit": UNIT_SHOWN,
            "year": {"type": "integer"},
            "state": {"enum": ["opening", "running", "ended", "cancelled"]},
            "starts_on": DAY,
            "opened_at": INSTANT,
            "ended_at": _or_null(INSTANT),
            "root_instance": _or_null(ID),
            "participants": _object({"active": COUNT, "withdrawn": COUNT}),
            "phases": {
                "type": "array",
                "items": _object(
                    {
                        "key": TEXT,
                        "title": TEXT,
                        "state": {"enum": ["todo", "now", "overdue", "done"]},
                        "open_tasks": COUNT,
                        "overdue": COUNT,
                        "done": COUNT,
                    }
                ),
            },
            "deadlines": {
                "type": "array",
                "items": _object({"key": TEXT, "title": TEXT, "due_at": _or_null(INSTANT)}),
            },
            "target": _or_null(
                _object(
                    {
                        "recognised": COUNT,
                        "in_scope": COUNT,
                        "percent": _named("Points"),
                        "aim": _or_null(_named("Points")),
                        "reached": {"type": ["boolean", "null"]},
                    }
                )
            ),
        }
    ),
    "Participant": _object(
        {
            "id": ID,
            "number": {"type": "integer", "minimum": 1},
            "unit": _object({"id": ID, "name": TEXT}),
            "state": {"enum": ["active", "withdrawn", "exempt"]},
            "progress": {"enum": ["waiting", "running", "done", "failed", "withdrawn", "left_out"]},
            "instance": _or_null(ID),
            "open_tasks": COUNT,
            "self_total": _or_null(_named("Points")),
            "verified_total": _or_null(_named("Points")),
            "verdict": _or_null({"enum": ["met", "not_met", "undecided"]}),
            "recognised": {"type": "boolean"},
            "open_findings": COUNT,
        }
    ),
    "ParticipantList": _list_of("Participant"),
    "TaskLine": _object(
        {
            "id": ID,
            "title": TEXT,
            "matter": TEXT,
            "unit_name": TEXT,
            "kind": TEXT,
            "phase": _or_null(TEXT),
            "element": _or_null(TEXT),
            "opened_at": INSTANT,
            "due_at": _or_null(INSTANT),
            "light": LIGHT,
            "returned": {"type": "boolean"},
        }
    ),
    "TaskList": _list_of("TaskLine"),
    "Field": _object(
        {
            "name": TEXT,
            "title": TEXT,
            "kind": TEXT,
            "required": {"type": "boolean"},
            "choices": {"type": "array", "items": _object({"value": TEXT, "title": TEXT})},
        },
        description="A field of the form that the task asks to be filled in.",
    ),
    "Task": _object(
        {
            "id": ID,
            "title": TEXT,
            "matter": TEXT,
            "unit_name": TEXT,
            "kind": TEXT,
            "state": {"enum": ["open", "done", "cancelled"]},
            "phase": _or_null(TEXT),
            "element": _or_null(TEXT),
            "instance": _or_null(ID),
            "campaign": _or_null(ID),
            "attempt": {"type": "integer", "minimum": 1},
            "opened_at": INSTANT,
            "due_at": _or_null(INSTANT),
            "closed_at": _or_null(INSTANT),
            "light": LIGHT,
            "late": {"type": "boolean"},
            "returned_reason": _or_null(TEXT),
            "mine": {"type": "boolean", "description": "Whether the token may complete it in its owner's own name."},
            "fields": {"type": "array", "items": _named("Field")},
            "values": {"type": "object", "description": "The draft, else what was handed in last."},
            "missing": {"type": "array", "items": _named("Missing")},
        }
    ),
    "Completion": _object(
        {"task": ID, "verdict": TEXT, "decided_at": INSTANT},
        description="The verdict that was recorded. Whether others are still to decide is for the task to say.",
    ),
    "Evidence": _object(
        {
            "id": ID,
            "unit": ID,
            "name": TEXT,
            "note": TEXT,
            "sha256": TEXT,
            "size_bytes": COUNT,
            "media_type": TEXT,
            "proves_on": _or_null(DAY),
            "added_at": INSTANT,
        }
    ),
}

SCHEMAS: dict[str, Schema] = REQUESTS | ANSWERS
