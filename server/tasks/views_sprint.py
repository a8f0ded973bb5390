"""The banner of a sprint window in words."""

from typing import Any
from uuid import UUID

from flask import url_for

from server.actor import Actor
from server.db.work import Work
from server.schemes import queries as schemes
from server.tasks.sprint import Sprint, sprints_of
from server.tasks.views_parts import named
from server.web import language, say
from server.words import due_words


def sprints_shown(
    actor: Actor, work: Work, unit_id: UUID | None, campaign_id: UUID | None = None
) -> list[dict[str, Any]]:
    return [_shown(work, each) for each in sprints_of(actor, work, unit_id, campaign_id)]


def _shown(work: Work, sprint: Sprint) -> dict[str, Any]:
    version = next((row.scheme_version_id for row in sprint.rows if row.scheme_version_id is not None), None)
    title = sprint.window.title
    if version is not None:
        title = schemes.words_of(work, version, language()).get(f"sprint.{sprint.window.sprint_key}.title", title)
    key = "tasks-sprint" if sprint.days > 0 else "tasks-sprint-today"
    items = []
    for row in sprint.rows:
        kind, due = due_words(row.light, row.due_at, work.now)
        words = named(work, row.scheme_version_id, row.element_id, row.kind, row.title)
        items.append({"href": url_for("tasks.task", task_id=row.id), "title": words, "kind": kind, "due": due})
    return {
        "words": say(key, title=title, days=sprint.days, count=sprint.count),
        "href": url_for("campaigns.campaign", campaign_id=sprint.window.campaign_id),
        "items": items,
        "more": sprint.count - len(items),
    }
