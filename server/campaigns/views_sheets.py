"""Spreadsheets of a whole step of a campaign: all at once for the office to send out, and many brought back."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID
from zipfile import ZIP_STORED, ZipFile

from flask import request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from server.actor import Actor
from server.campaigns.queries import CampaignDetail
from server.campaigns.views import blueprint as blueprint
from server.campaigns.views import visible
from server.db.work import Work
from server.errors import GreengateError, Invalid, NotFound
from server.evidence.rules import clean_name
from server.i18n import Message
from server.tasks import queries as tasks
from server.tasks import returned
from server.tasks.operations import ON_BEHALF
from server.tasks.queries import TaskPage
from server.tasks.returned import Returned
from server.tasks.views_parts import title_of
from server.tasks.views_sheets import in_words, saved
from server.tasks.workbook_reading import FILE_AT_MOST
from server.web import current_actor, current_work, language, looking, render, say
from server.words import due_on

FILES = "files"
BACK_AT_ONCE = 200
"""Files brought back in one go."""


@dataclass(slots=True)
class Back:
    """One file that came back. page: of its task, once that is known; refused: why it was not taken."""

    name: str
    found: Returned | None = None
    page: TaskPage | None = None
    taken: dict[str, Any] | None = None
    refused: Message | None = None


def _entering(actor: Actor, work: Work, campaign_id: UUID) -> CampaignDetail:
    """A campaign whose units the actor enters for."""
    detail = visible(actor, work, campaign_id)
    if not actor.may(ON_BEHALF, detail.unit_path):
        raise NotFound(Message("error-not-found"))
    return detail


@blueprint.get("/campaigns/<uuid:campaign_id>/sheets")
def sheets(campaign_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    return _page(actor, work, _entering(actor, work, campaign_id))


def _page(
    actor: Actor,
    work: Work,
    detail: CampaignDetail,
    *,
    status: int = 200,
    files: list[Back] | None = None,
    error: str = "",
) -> ResponseReturnValue:
    steps = [
        {
            "title": step.title,
            "count": step.count,
            "href": url_for("campaigns.step_sheets", campaign_id=detail.campaign.id, element_id=step.element_id),
        }
        for step in returned.steps(actor, work, detail.campaign.id, language())
    ]
    results = [_result(work, each) for each in files or []]
    return render(
        "campaigns/sheets.html",
        status=status,
        campaign=detail.campaign,
        steps=steps,
        results=results,
        count=sum(1 for each in results if each["count"]),
        error=error,
        limit=BACK_AT_ONCE,
        at_once=returned.AT_ONCE,
    )


def _result(work: Work, back: Back) -> dict[str, Any]:
    page = back.page
    return {
        "file": back.name,
        "matter": (page.task.matter or page.unit_name) if page is not None else "",
        "title": title_of(work, page.scheme_version_id, page.task) if page is not None else "",
        "href": url_for("tasks.task", task_id=page.task.id) if page is not None else "",
        "refused": say(back.refused) if back.refused is not None else "",
        **(back.taken or {"count": 0, "problems": [], "more": 0}),
    }


@blueprint.get("/campaigns/<uuid:campaign_id>/sheets/<element_id>.zip")
def step_sheets(campaign_id: UUID, element_id: str) -> ResponseReturnValue:
    """All open tasks of a step as spreadsheets in one archive."""
    actor, work = current_actor(), current_work()
    detail = _entering(actor, work, campaign_id)
    pages = returned.pages(actor, work, campaign_id, element_id, at_most=returned.AT_ONCE + 1)
    if not pages:
        raise NotFound(Message("error-not-found"))
    if len(pages) > returned.AT_ONCE:
        raise Invalid(Message("sheet-too-many-tasks", {"limit": returned.AT_ONCE}))
    out = BytesIO()
    names: set[str] = set()
    with ZipFile(out, "w", ZIP_STORED) as archive:
        for page in pages:
            name, content = returned.make(work, page, language(), due_on(page.task.due_at))
            archive.writestr(_unlike(name, names), content)
    out.seek(0)
    title = title_of(work, pages[0].scheme_version_id, pages[0].task)
    return saved(clean_name(f"{detail.campaign.title}-{title}.zip".replace("/", "_")), out, "application/zip")


def _unlike(name: str, names: set[str]) -> str:
    """The name, with a number where another file has it already."""
    stem, number, found = name.removesuffix(".xlsx"), 1, name
    while found in names:
        number += 1
        found = f"{stem} ({number}).xlsx"
    names.add(found)
    return found


@blueprint.post("/campaigns/<uuid:campaign_id>/sheets")
def take_sheets(campaign_id: UUID) -> ResponseReturnValue:
    """Take many returned files, each by itself: what is wrong with one does not hold up the others."""
    actor = current_actor()
    files = [each for each in request.files.getlist(FILES) if each.filename]
    with looking() as work:
        _entering(actor, work, campaign_id)
        found = [_look(work, each) for each in files[:BACK_AT_ONCE]]
    work = current_work()
    detail = _entering(actor, work, campaign_id)
    if not files or len(files) > BACK_AT_ONCE:
        problem = say("sheet-too-many-files", limit=BACK_AT_ONCE) if files else say("tasks-file-missing")
        return _page(actor, work, detail, status=422, error=problem)
    seen: set[UUID] = set()
    for back in found:
        _place(actor, work, campaign_id, back, seen)
    # One order for all who bring files back at the same time: by unit, then by task.
    for back in sorted((each for each in found if each.page and not each.refused), key=_order):
        _take(actor, work, back)
    status = 200 if any(not each.refused for each in found) else 422
    return _page(actor, work, detail, status=status, files=found)


def _order(back: Back) -> tuple[str, str]:
    task = back.page.task if back.page is not None else None
    return (str(task.unit_id), str(task.id)) if task is not None else ("", "")


def _look(work: Work, file: FileStorage) -> Back:
    back = Back(clean_name(file.filename or ""))
    try:
        back.found = returned.look(work, file.filename or "", file.stream.read(FILE_AT_MOST + 1))
    except Invalid as error:
        back.refused = error.message
    return back


def _place(actor: Actor, work: Work, campaign_id: UUID, back: Back, seen: set[UUID]) -> None:
    """Find the task of a file, if it is one of this campaign for which the actor may enter."""
    if back.found is None:
        return
    page = tasks.task_page(work, back.found.mark.task_id)
    if page is None or not returned.may_fill(actor, page):
        back.refused = Message("sheet-no-task")
    elif page.task.campaign_id != campaign_id:
        back.page, back.refused = page, Message("sheet-other-campaign")
    elif page.task.id in seen:
        back.page, back.refused = page, Message("sheet-twice")
    else:
        back.page = page
        seen.add(page.task.id)


def _take(actor: Actor, work: Work, back: Back) -> None:
    if back.page is None or back.found is None:
        return
    try:
        with work.session.begin_nested():
            taken = returned.take(actor, work, back.page.task.id, back.found)
    except GreengateError as error:
        back.refused = error.message
        return
    back.page, back.taken = taken.page, in_words(back.found, taken)
