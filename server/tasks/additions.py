"""Whether what is handed in again only adds to what was there, or changes it; pure."""

from typing import Any

from server.schemes.form_types import FieldKind

EMPTY: tuple[object, ...] = (None, "", [])


def is_changed(kind: FieldKind, before: Any, after: Any) -> bool:
    """Further files, further rows at the end and words in a long text that was empty are additions.

    Everything else that differs is a change, a value that was empty too: conditions of the diagram may ask for it.
    """
    if before == after or (before in EMPTY and after in EMPTY):
        return False
    if kind is FieldKind.FILES:
        return not set(before or ()) <= set(after or ())
    if kind is FieldKind.TABLE:
        rows = list(before or ())
        return list(after or ())[: len(rows)] != rows
    return kind is not FieldKind.TEXTAREA or before not in EMPTY
