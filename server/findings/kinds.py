"""The tasks of mending a finding and of reviewing what was done."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from server.actor import Actor
from server.assessments import pages
from server.assessments import queries as assessments
from server.db.work import Work
from server.errors import Conflict
from server.evidence.queries import EvidenceRow
from server.findings import operations, queries
from server.findings.pages import finding_page, mending_page
from server.findings.paper import mending_paper
from server.findings.queries import FindingRow
from server.i18n import Message
from server.tasks.kinds import Applied, Checked, Missing, PageForm, TaskContext, Values
from server.tasks.sheets import Sheet

DONE_AT_MOST = 4000
PAPER_AT_MOST = 500
REASON_AT_MOST = 2000
EVIDENCE_AT_MOST = 50
MENDED, NOT_MENDED = "mended", "not_mended"


def _finding(work: Work, context: TaskContext) -> FindingRow:
    found = queries.by_id(work, context.task.subject_id)
    if found is None:
        raise Conflict(Message("findings-none-here"))
    return found


def _shown(work: Work, context: TaskContext) -> dict[str, Any]:
    found = _finding(work, context)
    return {
        "finding": finding_page(found),
        "mendings": [mending_page(row) for row in queries.mendings_of(work, found.id)],
        "word": pages.words(work, context.scheme_version_id, context.language),
    }


def _text(values: Values, name: str) -> str:
    value = values.get(name)
    return value.strip() if isinstance(value, str) else ""


def _ids(values: Values) -> list[str]:
    value = values.get("evidence")
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _uuids(texts: Sequence[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _first(form: PageForm, name: str) -> str:
    return next(iter(form.get(name, ())), "").replace("\r\n", "\n").strip()


def _seal(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Mend:
    """The unit says what it did about a finding, and shows it."""

    key = "findings.mend"
    may_be_taken_back = True
    template = "findings/mend.html"

    def show(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Mapping[str, Any]:
        files = self._usable(work, context, values)
        return {**_shown(work, context), "files": [pages.file_page(row) for row in files]}

    def sheet(self, work: Work, context: TaskContext, values: Values) -> Sheet:
        words = pages.words(work, context.scheme_version_id, context.language)
        done, on_paper = _text(values, "done"), _text(values, "on_paper")
        return mending_paper(_finding(work, context), done, on_paper, words, context.language)

    def read(self, work: Work, context: TaskContext, form: PageForm) -> Values:
        return {
            "done": _first(form, "done"),
            "on_paper": _first(form, "on_paper"),
            "evidence": [value for value in dict.fromkeys(form.get("evidence", ())) if value],
        }

    def check(self, work: Work, context: TaskContext, values: Values) -> Checked:
        errors: dict[str, list[Message]] = {}
        named = list(dict.fromkeys(_ids(values)))
        clean: Values = {"done": _text(values, "done"), "on_paper": _text(values, "on_paper"), "evidence": named}
        for name, limit in (("done", DONE_AT_MOST), ("on_paper", PAPER_AT_MOST)):
            if len(clean[name]) > limit:
                errors[name] = [Message("findings-too-long", {"limit": limit})]
        if len(named) > EVIDENCE_AT_MOST:
            errors["evidence"] = [Message("findings-evidence-too-many", {"limit": EVIDENCE_AT_MOST})]
        elif len(self._usable(work, context, values)) != len(named):
            errors["evidence"] = [Message("findings-evidence-unknown")]
        return Checked(clean, errors)

    def missing(self, work: Work, context: TaskContext, values: Values) -> Sequence[Missing]:
        found = []
        if not _text(values, "done"):
            found.append(Missing(Message("findings-done-missing"), "f-done"))
        if not _ids(values) and not _text(values, "on_paper"):
            found.append(Missing(Message("findings-evidence-missing"), "f-evidence"))
        return found

    def apply(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Applied:
        finding = operations.finding_for(work, context.task.subject_id)
        finding.instance_id = context.task.instance_id
        files = self._usable(work, context, values)
        done, on_paper = _text(values, "done"), _text(values, "on_paper")
        row = operations.mend(actor, work, finding, context.task.id, done, on_paper, files)
        seal = _seal(
            {
                "finding": str(finding.id),
                "attempt": row.attempt,
                "done": done,
                "on_paper": on_paper,
                "evidence": sorted(assessments.mark(item) for item in files),
            }
        )
        return Applied({"attempt": row.attempt}, opinion=done, seen_hash=seal)

    def _usable(self, work: Work, context: TaskContext, values: Values) -> list[EvidenceRow]:
        wanted = _uuids(_ids(values))
        found = assessments.usable_evidence(work, context.task.unit_id, wanted)
        return [found[item] for item in dict.fromkeys(wanted) if item in found]


class Review:
    """The office says whether a finding is mended, with the reason when it is not."""

    key = "findings.review"
    decides = True
    template = "findings/review.html"

    def show(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Mapping[str, Any]:
        return _shown(work, context)

    def read(self, work: Work, context: TaskContext, form: PageForm) -> Values:
        return {"verdict": _first(form, "verdict"), "reason": _first(form, "reason")}

    def check(self, work: Work, context: TaskContext, values: Values) -> Checked:
        verdict, reason = _text(values, "verdict"), _text(values, "reason")
        errors: dict[str, list[Message]] = {}
        if verdict not in (MENDED, NOT_MENDED):
            errors["verdict"] = [Message("findings-verdict-missing")]
        if verdict == NOT_MENDED and not reason:
            errors["reason"] = [Message("findings-reason-missing")]
        if len(reason) > REASON_AT_MOST:
            errors["reason"] = [Message("findings-too-long", {"limit": REASON_AT_MOST})]
        return Checked({"verdict": verdict, "reason": reason}, errors)

    def missing(self, work: Work, context: TaskContext, values: Values) -> Sequence[Missing]:
        """Nothing beforehand: the verdict is a button, and `check` says what goes with it."""
        return []

    def apply(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Applied:
        finding = operations.finding_for(work, context.task.subject_id)
        mended, reason = _text(values, "verdict") == MENDED, _text(values, "reason")
        seen = [row.id for row in queries.mendings_of(work, finding.id)]
        row = operations.review(actor, work, finding, context.task.id, mended, reason)
        last = queries.mendings_of(work, finding.id)[-1]
        seal = _seal(
            {
                "finding": str(finding.id),
                "mendings": [str(item) for item in seen],
                "done": row.done,
                "on_paper": row.on_paper,
                "evidence": sorted(assessments.mark(item) for item in last.evidence),
                "mended": mended,
                "reason": reason,
            }
        )
        return Applied({"mended": mended}, verdict=MENDED if mended else NOT_MENDED, opinion=reason, seen_hash=seal)
