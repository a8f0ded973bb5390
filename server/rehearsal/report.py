"""A rehearsal's findings in words, for people to read in a terminal."""

from collections.abc import Iterable, Mapping
from typing import Any

from server.i18n import Message, text

Json = Mapping[str, Any]


def in_words(found: Json, language: str) -> str:
    """What `server.rehearsal.run.rehearse` found, as text of several lines."""
    parts = (_head, _left_out, _participants, _recognised, _gates, _empty_posts, _incidents, _calendar)
    return "\n\n".join(
        "\n".join(text(line, language) for line in lines) for lines in (part(found) for part in parts) if lines
    )


def _head(found: Json) -> list[Message]:
    campaign, scheme = found["campaign"], found["scheme"]
    ended = Message("rehearsal-ended", {"on": campaign["ended_on"]}) if campaign["ended_on"] else _open()
    return [
        Message("rehearsal-title", {"title": campaign["title"]}),
        Message("rehearsal-scheme", {"title": scheme["title"], "key": scheme["key"], "hash": scheme["version_hash"]}),
        Message("rehearsal-from", {"seed": str(found["seed"]), "units": found["units"], "on": campaign["starts_on"]}),
        ended,
    ]


def _open() -> Message:
    return Message("rehearsal-not-ended")


def _left_out(found: Json) -> list[Message]:
    return [
        Message(
            "rehearsal-left-out", {"behaviour": _behaviour(name), "reason": Message(f"rehearsal-left-out-{reason}")}
        )
        for name, reason in sorted(found["left_out"].items())
    ]


def _behaviour(name: str) -> Message:
    return Message(f"rehearsal-behaviour-{name.replace('_', '-')}")


def _participants(found: Json) -> list[Message]:
    lines = [Message("rehearsal-participants")]
    for row in found["participants"]:
        lines.append(
            Message(
                "rehearsal-participant",
                {"number": str(row["number"]), "name": row["name"], "behaviour": _behaviour(row["scripted"])},
            )
        )
        lines += _of_participant(row)
    return lines


def _of_participant(row: Json) -> Iterable[Message]:
    for name in ("plan", "self_assessment"):
        entry = row[name]
        if entry is not None:
            yield _handed_in(name, entry)
    if row["state"] == "withdrawn":
        yield Message("rehearsal-withdrawn", {"reason": row["reason"]})
    for name in ("self_total", "verified_total", "second_total"):
        if row[name] is not None:
            yield Message(f"rehearsal-{name.replace('_', '-')}", {"points": _shown(row[name])})
    blocking = [each for each in row["findings"] if each["kind"] == "blocking"]
    if blocking:
        mended = [each["criterion"] for each in blocking if each["mended"]]
        rest = [each["criterion"] for each in blocking if not each["mended"]]
        yield Message("rehearsal-findings", {"mended": ", ".join(mended) or "–", "rest": ", ".join(rest) or "–"})
    yield Message("rehearsal-recognised-yes" if row["recognised"] else "rehearsal-recognised-no")


def _handed_in(name: str, entry: Json) -> Message:
    facts: list[Message] = []
    if entry["late"]:
        facts.append(Message("rehearsal-late"))
    if entry["returned"]:
        facts.append(Message("rehearsal-returned", {"times": entry["returned"], "on": entry["accepted_on"]}))
    if entry["on_behalf_of"]:
        source = Message(f"tasks-source-{entry['source']}")
        facts.append(Message("rehearsal-behalf", {"name": entry["on_behalf_of"], "source": source}))
    joined: Message | str = ""
    for fact in reversed(facts):
        joined = Message("rehearsal-and", {"fact": fact, "rest": joined})
    return Message(f"rehearsal-{name.replace('_', '-')}", {"on": entry["handed_in_on"], "more": joined})


def _shown(total: Json) -> str:
    """Two places at most, the rest cut off: `80`, `79.5`, `66.66`."""
    return str(total["value"]).rstrip("0").rstrip(".")


def _recognised(found: Json) -> list[Message]:
    rate = found["rate"]
    lines = [Message("rehearsal-recognised", {"count": len(found["recognised"])})]
    lines += [
        Message(
            "rehearsal-recognised-unit",
            {
                "number": str(row["number"]),
                "name": row["name"],
                "points": "" if row["total"] is None else _shown(row["total"]),
            },
        )
        for row in found["recognised"]
    ]
    if rate["percent"] is not None:
        numbers = {"recognised": rate["recognised"], "scope": rate["in_scope"], "percent": _shown(rate["percent"])}
        lines.append(Message("rehearsal-rate", numbers))
    if rate["target"] is not None:
        key = "rehearsal-target-reached" if rate["reached"] else "rehearsal-target-missed"
        lines.append(Message(key, {"percent": _shown(rate["target"]), "by": rate["target_by"]}))
    return lines


def _gates(found: Json) -> list[Message]:
    lines = []
    for gate in found["gates"]:
        facts = {"title": gate["title"], "opened": gate["opened_on"], "due": gate["due_on"] or "–"}
        if gate["days"] is None:
            lines.append(Message("rehearsal-gate-undated", facts))
        else:
            key = "rehearsal-gate-tight" if gate["without_time"] else "rehearsal-gate"
            lines.append(Message(key, {**facts, "days": gate["days"]}))
    return lines


def _empty_posts(found: Json) -> list[Message]:
    return [
        Message("rehearsal-empty-post", {"unit": row["unit"], "post": row["post"], "tasks": row["tasks"]})
        for row in found["empty_posts"]
    ]


def _incidents(found: Json) -> list[Message]:
    if not found["incidents"]:
        return [Message("rehearsal-no-incidents")]
    lines = [Message("rehearsal-incidents", {"count": len(found["incidents"])})]
    for row in found["incidents"]:
        cause = Message("rehearsal-cause", {"zh": row["cause"]["zh-CN"], "en": row["cause"]["en"]})
        lines.append(Message("rehearsal-incident", {"on": row["on"], "what": row["what"], "cause": cause}))
    return lines


def _calendar(found: Json) -> list[Message]:
    """Who got what on which day."""
    lines = [Message("rehearsal-calendar")]
    for day, tasks in found["calendar"].items():
        lines.append(Message("rehearsal-day", {"on": day}))
        for task in tasks:
            facts = {"title": task["title"], "matter": task["matter"], "who": _who(task), "due": task["due_on"] or "–"}
            lines.append(Message("rehearsal-task", facts))
    return lines


def _who(task: Json) -> Message | str:
    said: list[Message | str] = []
    for seat in task["to"]:
        if seat["post"] is None:
            said.append(Message("rehearsal-nobody-named"))
        else:
            people: Message | str = ", ".join(seat["people"]) or Message("rehearsal-vacant")
            said.append(Message("rehearsal-seat", {"unit": seat["unit"], "post": seat["post"], "people": people}))
    joined: Message | str = ""
    for each in reversed(said):
        joined = each if joined == "" else Message("rehearsal-both", {"first": each, "rest": joined})
    return joined
