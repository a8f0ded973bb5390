"""Starting an uploaded diagram once before it is published, in a process of its own that may die.

The child (`trial_child.py`) has limits on processor time, memory and files, no environment and no secrets; it reads
the files from its standard input and answers with findings.
"""

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from server.engine.shapes import JSON, FactCatalogue, FactKind, Finding

WALL_SECONDS = 30.0
REMEMBERED = 500
_went_well: set[bytes] = set()
"""Hashes of what was tried without a finding in this process."""
_NO_DECISIONS: Mapping[str, bytes] = {}
_SAMPLES: Mapping[FactKind, JSON] = {
    FactKind.STRING: "",
    FactKind.NUMBER: 1,
    FactKind.BOOLEAN: True,
    FactKind.DATE: "2026-01-15",
    FactKind.LIST: [],
    FactKind.POINTS: "80",
}


def sample_facts(catalogue: FactCatalogue | None) -> dict[str, JSON]:
    """A value for every fact of a catalogue."""
    names = catalogue.names if catalogue is not None else {}
    return {name: fact.values[0] if fact.values else _SAMPLES[fact.kind] for name, fact in names.items()}


def trial_start(
    bpmn: bytes,
    decisions: Mapping[str, bytes] = _NO_DECISIONS,
    catalogue: FactCatalogue | None = None,
    *,
    wall_seconds: float = WALL_SECONDS,
) -> tuple[Finding, ...]:
    """Start the process with sample facts and walk on a little. Empty when nothing went wrong.

    Takes a quarter of a second or more: for publishing, not for every keystroke. What went well once goes well again:
    the same files are checked when they are uploaded, and when they are installed.
    """
    order = {
        "bpmn": b64encode(bpmn).decode(),
        "decisions": {name: b64encode(data).decode() for name, data in decisions.items()},
        "facts": sample_facts(catalogue),
    }
    told = json.dumps(order, sort_keys=True).encode()
    key = sha256(told).digest()
    if key in _went_well:
        return ()
    findings = _run(told, wall_seconds)
    if not findings:
        if len(_went_well) >= REMEMBERED:
            _went_well.clear()
        _went_well.add(key)
    return findings


def _run(told: bytes, wall_seconds: float) -> tuple[Finding, ...]:
    root = str(Path(__file__).resolve().parents[2])
    try:
        done = subprocess.run(
            [sys.executable, "-B", "-m", "server.engine.trial_child"],
            input=told,
            capture_output=True,
            timeout=wall_seconds,
            env={"PYTHONPATH": os.pathsep.join([root, *filter(None, sys.path)]), "LANG": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return (Finding("trial-limit", "error", params={"limit": "time"}),)
    if done.returncode != 0:
        limit = "memory" if b"MemoryError" in done.stderr else "time"
        return (Finding("trial-limit", "error", params={"limit": limit}),)
    return tuple(Finding(**entry) for entry in json.loads(done.stdout))
