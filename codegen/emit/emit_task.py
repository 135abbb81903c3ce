"""What is emitted in one go, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codegen.read.sources import Sources
from codegen.values.diagnostics import Diagnostic
from codegen.values.names import ModelNames, NameLock


@dataclass(frozen=True, slots=True)
class EmitTask:
    """Some models to emit, with all that they are made of."""

    sources: Sources
    """Their schema files alone."""
    lock: NameLock
    paths: Mapping[str, tuple[str, str]]
    """Where the module and the schema document of each will stand."""
    template: str
    """The template that prints modules."""
    strict: bool = False
    """Whether unknown keywords are errors."""


@dataclass(frozen=True, slots=True)
class EmitResult:
    """What was made of them. Where a diagnostic is an error, its model is missing."""

    files: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    """The files of each model, by id and path."""
    names: Mapping[str, ModelNames] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()


def as_json(value: Any) -> bytes:
    """Write a JSON file."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
