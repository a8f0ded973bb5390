"""The board of a campaign, as a page, as a table to take along, and the tasks behind its numbers."""

import csv
import io
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from server.actor import Actor
from server.campaigns import board as boards
from server.campaigns import queries
from server.campaigns.board import Board, Cell, CellState, PhasePlan, Row, Wanted, What
from server.campaigns.queries import CampaignDetail
from server.campaigns.views import visible
from server.campaigns.views_sheets import blueprint as blueprint
from server.db.work import Work
from server.errors import NotFound
from server.evidence.rules import clean_name, disposition
from server.i18n import Message
from server.organisation.models import DEFAULT_ZONE
from server.organisation.rules import today
from server.schemes import queries as schemes
from server.tasks.models import TaskState
from server.tasks.rules import Light
from server.tasks.sheets import neutral
from server.tasks.views_parts import named
from server.tasks.workbook_table import table
from server.web import current_actor, current_work, language, page_argument, render, say
from server.words import day_of, due_words

TONES = {"idle": "mute", "pending": "info", "submitted": "brand", "returned": "warn", "passed": "ok"}
LIGHTS = (Light.RED, Light.YELLOW, Light.GREEN)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _seen(campaign_id: UUID) -> tuple[Actor, Work, CampaignDetail, UUID | None]:
    """A campaign that may be seen, and the one unit whose row it is, for who does not oversee it."""
    actor, work = current_actor(), current_work()
    detail = visible(actor, work, campaign_id)
    return actor, work, detail, None if actor.may(queries.VIEW, detail.unit_path) else actor.unit_id


def _wanted(phases: dict[str, str]) -> Wanted:
    """Nonsense in the address is as if it were not there."""

    def one(name: str, known: object) -> str:
        value = request.args.get(name, "")[:100]
        return value if value in known else ""  # type: ignore[operator]

    return Wanted(
        phase=one("phase", phases),
        state=one("state", [each.value for each in CellState]),
        light=one("light", [each.value for each in LIGHTS]),
        kind=request.args.get("kind", "").strip()[:40],
        words=request.args.get("q", "").strip()[:100],
    )


def _phase_names(work: Work, detail: CampaignDetail) -> dict[str, str]:
    version = detail.campaign.scheme_version_id
    names, scheme = schemes.words_of(work, version, language()), schemes.scheme_of(work, version)
    return {phase.key: names.get(f"phase.{phase.key}.title", phase.title) for phase in scheme.phases}


@blueprint.get("/campaigns/<uuid:campaign_id>/board")
def board(campaign_id: UUID) -> ResponseReturnValue:
    _, work, detail, only = _seen(campaign_id)
    names = _phase_names(work, detail)
    wanted, number = _wanted(names), page_argument()
    found = boards.board(work, detail, wanted, only)
    return render(
        "campaigns/board.html",
        campaign=detail.campaign,
        phases=[
            {"key": key, "title": names[key], "counts": _counts(found, wanted, campaign_id, key)}
            for key in found.phases
        ],
        plans=[_plan(plan, names, campaign_id) for plan in found.plans],
        rows=[_line(row, work, campaign_id) for row in found.page(number)],
        wanted=wanted,
        narrowed=bool(wanted.state or wanted.light),
        choices=_choices(found, names),
        pager={
            "number": number,
            "pages": found.pages,
            "total": len(found.shown),
            "href": _href(campaign_id, wanted) + ("&" if "?" in _href(campaign_id, wanted) else "?") + "page={n}",
        },
        board_url=url_for("campaigns.board", campaign_id=campaign_id),
        files=[(kind, _href(campaign_id, wanted, f"campaigns.board_{kind}")) for kind in ("xlsx", "csv")],
        own_row=only is not None,
    )


def _href(campaign_id: UUID, wanted: Wanted, endpoint: str = "campaigns.board", **changed: str) -> str:
    given = {"phase": wanted.phase, "state": wanted.state, "light": wanted.light}
    given |= {"kind": wanted.kind, "q": wanted.words, **changed}
    asked: dict[str, Any] = {name: value for name, value in given.items() if value}
    return url_for(endpoint, campaign_id=campaign_id, **asked)


def _counts(found: Board, wanted: Wanted, campaign_id: UUID, phase: str) -> list[dict[str, Any]]:
    return [
        {
            "label": say(f"campaigns-cell-{state}"),
            "count": count,
            "href": _href(campaign_id, wanted, phase=phase, state=state.value, light=""),
            "current": (wanted.phase, wanted.state) == (phase, state),
        }
        for state in CellState
        if state is not CellState.IDLE and (count := found.counts.get((phase, state), 0))
    ]


def _choices(found: Board, names: dict[str, str]) -> dict[str, list[tuple[str, str]]]:
    return {
        "phase": list(names.items()),
        "state": [(state.value, say(f"campaigns-cell-{state}")) for state in CellState],
        "light": [
            (light.value, say(f"campaigns-lights-{light}", count=found.lights.get(light, 0))) for light in LIGHTS
        ],
        "kind": [(kind, kind) for kind in found.kinds],
    }


def _plan(plan: PhasePlan, names: dict[str, str], campaign_id: UUID) -> dict[str, Any]:
    numbers = ((What.OPEN, plan.waiting), (What.OVERDUE, plan.overdue), (What.DONE, plan.done))
    return {
        "title": names[plan.key],
        "planned": day_of(plan.planned),
        "actual": day_of(plan.actual),
        "state": "todo" if not plan.reached else "done" if plan.actual else "now",
        "late": plan.late,
        "numbers": {
            what.value: {"count": count, "href": _items(campaign_id, phase=plan.key, what=what.value)}
            for what, count in numbers
        },
    }


def _items(campaign_id: UUID, **asked: Any) -> str:
    return url_for("campaigns.board_items", campaign_id=campaign_id, **asked)


def _line(row: Row, work: Work, campaign_id: UUID) -> dict[str, Any]:
    return {
        "name": row.unit_name,
        "number": row.number,
        "state": row.state,
        "cells": [_cell(cell, row, work, campaign_id) for cell in row.cells],
        "result": row.result,
        "href": _items(campaign_id, unit=row.participant_id),
    }


def _cell(cell: Cell, row: Row, work: Work, campaign_id: UUID) -> dict[str, Any]:
    idle = cell.state is CellState.IDLE
    return {
        "words": say(f"campaigns-cell-{cell.state}"),
        "tone": TONES[cell.state],
        "idle": idle,
        "light": cell.light.value if cell.waiting and cell.light is not Light.NONE else "",
        "due": due_words(cell.light, cell.due_at, work.now)[1] if cell.waiting and cell.due_at else "",
        "late": cell.late,
        "href": "" if idle else _items(campaign_id, unit=row.participant_id, phase=cell.phase),
        "late_href": _items(campaign_id, unit=row.participant_id, phase=cell.phase, what=What.LATE.value),
    }


# --- the tasks behind a number ----------------------------------------------------------------------------------------


@blueprint.get("/campaigns/<uuid:campaign_id>/board/items")
def board_items(campaign_id: UUID) -> ResponseReturnValue:
    _, work, detail, only = _seen(campaign_id)
    names = _phase_names(work, detail)
    phase = request.args.get("phase", "")
    what = request.args.get("what", "")
    asked = request.args.get("unit", "")[:36]
    row = _participant(work, detail, asked, only) if asked else None
    unit_id = only or (row.unit_id if row is not None else None)
    phase, what, number = phase if phase in names else "", what if what in set(What) else "", page_argument()
    found, total = boards.items(work, campaign_id, phase=phase, what=what, unit_id=unit_id, page=number)
    address = _items(campaign_id, **{k: v for k, v in (("phase", phase), ("what", what), ("unit", asked)) if v})
    said = [row.unit_name if row else "", names.get(phase, ""), say(f"campaigns-what-{what}") if what else ""]
    return render(
        "campaigns/board_items.html",
        campaign=detail.campaign,
        title=" · ".join(each for each in said if each) or say("campaigns-items"),
        rows=[_item(work, detail, each, names) for each in found],
        pager={
            "number": number,
            "pages": max(1, -(-total // queries.PAGE)),
            "total": total,
            "href": address + ("&" if "?" in address else "?") + "page={n}",
        },
    )


def _participant(work: Work, detail: CampaignDetail, asked: str, only: UUID | None) -> queries.BoardRow:
    try:
        found = queries.board_row(work, detail.campaign.id, UUID(asked))
    except ValueError:
        found = None
    if found is None or (only is not None and found.unit_id != only):
        raise NotFound(Message("error-not-found"))
    return found


def _item(work: Work, detail: CampaignDetail, item: boards.Item, names: dict[str, str]) -> dict[str, Any]:
    version = detail.campaign.scheme_version_id
    waits = item.state == TaskState.OPEN
    kind, words = due_words(item.light, item.due_at, work.now) if waits else ("ok", say("campaigns-what-done"))
    return {
        "href": url_for("tasks.task", task_id=item.id),
        "title": named(work, version, item.element_id, item.kind, item.title),
        "unit": item.unit_name,
        "phase": names.get(item.phase, item.phase),
        "kind": kind,
        "words": words,
        "late": item.late,
        "due": day_of(item.due_at),
        "closed": day_of(item.closed_at),
    }


# --- to take along ----------------------------------------------------------------------------------------------------


def _grid(campaign_id: UUID) -> tuple[str, list[str], list[list[str | int]]]:
    """All rows that the filters leave, every page of them."""
    _, work, detail, only = _seen(campaign_id)
    names = _phase_names(work, detail)
    found = boards.board(work, detail, _wanted(names), only)
    heads = [say("campaigns-board-number"), say("campaigns-unit")]
    for title in (names[key] for key in found.phases):
        heads += [title, say("campaigns-board-days", phase=title)]
    heads += [say("campaigns-self"), say("campaigns-verified"), say("campaigns-board-verdict")]
    rows: list[list[str | int]] = []
    for row in found.shown:
        line: list[str | int] = [row.number, row.unit_name]
        for cell in row.cells or [None] * len(found.phases):
            line += [say(f"campaigns-cell-{cell.state}") if cell else say(f"campaigns-item-{row.state}")]
            line += [cell.days if cell and cell.light is Light.RED else ""]
        verdict = say(f"campaigns-verdict-{row.result.verdict}") if row.result.verdict else ""
        rows.append([*line, row.result.self_total, row.result.verified_total, verdict])
    stamp = today(work.now, DEFAULT_ZONE).isoformat()
    return say("campaigns-board-file", title=detail.campaign.title, day=stamp), heads, rows


@blueprint.get("/campaigns/<uuid:campaign_id>/board.csv")
def board_csv(campaign_id: UUID) -> ResponseReturnValue:
    """UTF-8 with a byte order mark, for a spreadsheet."""
    name, heads, rows = _grid(campaign_id)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([neutral(head) for head in heads])
    writer.writerows([neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return _file(out.getvalue().encode("utf-8-sig"), "text/csv", f"{name}.csv")


@blueprint.get("/campaigns/<uuid:campaign_id>/board.xlsx")
def board_xlsx(campaign_id: UUID) -> ResponseReturnValue:
    name, heads, rows = _grid(campaign_id)
    return _file(table(say("campaigns-board"), heads, rows), XLSX, f"{name}.xlsx")


def _file(content: bytes, kind: str, name: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = disposition(clean_name(name.replace("/", "_").replace("\\", "_")))
    response.headers["Cache-Control"] = "no-store"
    return response
