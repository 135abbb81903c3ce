"""How generated modules look: as black leaves them."""

from __future__ import annotations

from codegen.values.literals import WIDTH


def format_if_needed(source: str) -> str:
    """Format a module with black.

    The template lays modules out as black does. What it cannot do is to break a line that is too long and to choose the quotes of a
    string that holds some; a module with neither is as black would leave it (a test holds this), and is not formatted again.
    """
    if "\\" not in source and all(len(line) <= WIDTH for line in source.splitlines()):
        return source
    return format_with_black(source)


def format_with_black(source: str) -> str:
    """Format a module with black, whatever it looks like."""
    from black import Mode, format_str  # here, for most modules do without
    from black.mode import TargetVersion

    return format_str(source, mode=Mode(line_length=WIDTH, target_versions={TargetVersion.PY311}))
