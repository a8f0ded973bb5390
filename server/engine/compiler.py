"""Compiling a file once, and keeping what was compiled."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from types import MappingProxyType

from server.engine import feel
from server.engine.build import build
from server.engine.decisions import read_decisions
from server.engine.draft import Draft
from server.engine.errors import DefinitionRejected
from server.engine.read import read_process
from server.engine.shapes import Definition
from server.engine.structure import check_structure

CACHE_SIZE = 200


def definition_sha256(bpmn: bytes, decisions: Mapping[str, bytes]) -> str:
    """Hash over the BPMN bytes and every DMN file with its name."""
    digest = hashlib.sha256()
    for part in (bpmn, *(piece for name in sorted(decisions) for piece in (name.encode(), decisions[name]))):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


class _Compiled:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Definition] = OrderedDict()

    def get(self, sha256: str) -> Definition | None:
        with self._lock:
            if sha256 in self._kept:
                self._kept.move_to_end(sha256)
                return self._kept[sha256]
        return None

    def put(self, definition: Definition) -> Definition:
        with self._lock:
            kept = self._kept.setdefault(definition.sha256, definition)
            if len(self._kept) > CACHE_SIZE:
                self._kept.popitem(last=False)
            return kept


_compiled = _Compiled()
_NO_DECISIONS: Mapping[str, bytes] = {}


def compile_process(bpmn: bytes, decisions: Mapping[str, bytes] = _NO_DECISIONS) -> Definition:
    """A definition that can run; kept by hash.

    decisions: DMN files by name. Raises DefinitionRejected with every reason at once. A file may compile and still
    not be fit for publishing: `lint_process` asks for more.
    """
    sha256 = definition_sha256(bpmn, decisions)
    kept = _compiled.get(sha256)
    if kept is not None:
        return kept
    draft = read_process(bpmn)
    tables, findings = read_decisions(decisions)
    check_structure(draft, tables)
    errors = [entry for entry in [*draft.findings, *findings] if entry.severity == "error"]
    if errors:
        raise DefinitionRejected(errors)
    built = build(draft, tables)
    return _compiled.put(
        Definition(
            process_id=draft.process_id,
            name=draft.name,
            sha256=sha256,
            elements=MappingProxyType(draft.elements),
            flows=tuple(draft.flows),
            lanes=MappingProxyType(draft.lanes),
            facts_read=_facts_read(draft).union(*(table.facts for table in built.decisions.values())),
            calls=frozenset(element.called for element in draft.elements.values() if element.called),
            documentation=draft.documentation,
            engine=built,
        )
    )


def _facts_read(draft: Draft) -> frozenset[str]:
    return feel.names_of([flow.condition for flow in draft.flows if flow.condition])
