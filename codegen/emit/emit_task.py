"""The task and the result of one batch of models."""

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
    """A batch of models to generate, with all inputs of the generation."""

    sources: Sources
    """The schema files of these models."""
    lock: NameLock
    paths: Mapping[str, tuple[str, str]]
    """The paths of the module and the schema document of each model, by id."""
    template: str
    """The template of modules."""
    strict: bool = False
    """True to report unknown keywords as errors."""


@dataclass(frozen=True, slots=True)
class EmitResult:
    """The generated files, the names and the diagnostics. A model with an error has no files."""

    files: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    """The content of each file, by model id and path."""
    names: Mapping[str, ModelNames] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()


def as_json(value: Any) -> bytes:
    """Return the content of a JSON file."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
