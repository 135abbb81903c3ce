"""How generated modules look: formatted by black."""

from __future__ import annotations

from typing import Final

from black import Mode, format_str
from black.mode import TargetVersion

from codegen.literals import WIDTH

_MODE: Final = Mode(line_length=WIDTH, target_versions={TargetVersion.PY311})


def tidy(source: str) -> str:
    """Format a module."""
    return format_str(source, mode=_MODE)
