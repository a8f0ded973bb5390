"""What processes read of a scheme's package: one row for each of its diagrams."""

from collections.abc import Sequence
from uuid import UUID

from server.db.work import Work
from server.engine.contract import compile_process
from server.processes.models import ProcessDefinition
from server.schemes.definition import SchemeDefinition
from server.schemes.findings import Finding
from server.schemes.package import Files
from server.schemes.queries import decisions_of


class ProcessesPart:
    """Registered with schemes by the doors; the diagrams themselves are checked by schemes."""

    def check(self, files: Files, scheme: SchemeDefinition) -> Sequence[Finding]:
        return ()

    def install(self, work: Work, version_id: UUID, files: Files, scheme: SchemeDefinition) -> None:
        for process in scheme.processes:
            definition = compile_process(files[process.file], decisions_of(dict(files)))
            work.session.add(
                ProcessDefinition(
                    id=work.ids.new(),
                    scheme_version_id=version_id,
                    process_key=process.key,
                    sha256=definition.sha256,
                )
            )
