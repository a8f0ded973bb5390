"""A task's kind with what the kind is given, read without a lock."""

from server.db.work import Work
from server.schemes import queries as schemes
from server.tasks.kinds import TaskContext, TaskKind, TaskKinds
from server.tasks.queries import TaskPage


def kind_of(work: Work, page: TaskPage, language: str) -> tuple[TaskKind, TaskContext]:
    """language: the reader's, for words of the scheme."""
    element = None
    if page.scheme_version_id is not None and page.process_key and page.task.element_id:
        definition = schemes.definition_of(work, page.scheme_version_id, page.process_key)
        element = definition.elements.get(page.task.element_id)
    return work.part(TaskKinds)[page.task.kind], TaskContext(page.task, element, page.scheme_version_id, language)
