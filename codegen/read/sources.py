"""The input of a build as values, and the parsing of its schema documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from codegen.files.manifest import Tree
from codegen.read import jsontext
from codegen.read.name_lock import read_lock
from codegen.values.diagnostics import Place, Report, quoted
from codegen.values.names import NameLock
from codegen.values.version import FIRST, Version

if TYPE_CHECKING:
    from codegen.read.document import Document

LOCK: Final = "names.lock.json"
VERSION: Final = "VERSION"
"""The file in the schemas folder with the version of the client and the generator. The version is in no other source file."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The input of a build."""

    schemas: Tree
    """The files of the schemas folder: `models/`, `corrections/` and the name lock."""
    folder: str
    """The name of the schemas folder in messages."""
    templates: Tree
    other_entries: tuple[str, ...] = ()
    """Other entries of the schemas folder: links to folders, broken links, pipes."""
    generator: str = ""
    """A digest of the generator: its code, and the tools that affect its output."""
    previous: Tree = field(default_factory=dict)
    """The files of the previous build; those that are up to date are reused."""

    @property
    def model_ids(self) -> list[str]:
        """The ids of the models in the schemas folder, sorted."""
        paths = (path for path in self.schemas if path.startswith("models/") and path.endswith(".json"))
        return sorted(path.removeprefix("models/").removesuffix(".json") for path in paths)

    def only(self, model_ids: Iterable[str]) -> Sources:
        """Return only the schema files of these models."""
        wanted = (path for model_id in model_ids for path in (model_path(model_id), corrections_path(model_id)))
        return Sources({path: self.schemas[path] for path in wanted if path in self.schemas}, self.folder, {})


def model_path(model_id: str) -> str:
    """Return the path of a model's document in the schemas folder."""
    return f"models/{model_id}.json"


def corrections_path(model_id: str) -> str:
    """Return the path of a model's corrections in the schemas folder."""
    return f"corrections/{model_id}.json"


def read_document(sources: Sources, model_id: str, report: Report) -> Document | None:
    """Return a model's schema document with its corrections applied; None if it has errors."""
    from codegen.read import corrections, document  # a build without changes reads no documents

    parsed = _parse(sources, model_path(model_id), report)
    corrected = corrections_path(model_id)
    changes = _parse(sources, corrected, report) if parsed is not None and corrected in sources.schemas else None
    if parsed is not None and changes is not None:
        parsed = replace(parsed, value=corrections.apply(parsed.value, changes, report))
    return None if parsed is None else document.read(parsed, expected_id=model_id, report=report)


def read_published(sources: Sources, model_id: str, report: Report) -> Document | None:
    """Return a model's schema document as published, without corrections; None if it has errors."""
    from codegen.read import document

    parsed = _parse(sources, model_path(model_id), report)
    return None if parsed is None else document.read(parsed, expected_id=model_id, report=report)


def read_names(sources: Sources, report: Report) -> NameLock:
    """Return the name lock; empty if the file does not exist."""
    parsed = _parse(sources, LOCK, report) if LOCK in sources.schemas else None
    return NameLock({}) if parsed is None else read_lock(parsed.value, parsed.place, report)


def read_version(sources: Sources, report: Report) -> Version:
    """Return the version of the client that is generated from the schemas."""
    if VERSION not in sources.schemas:
        return FIRST
    text = sources.schemas[VERSION].decode("utf-8", "replace").strip()
    version = Version.parse(text)
    if version is None:
        place = Place(f"{sources.folder}/{VERSION}", line=1, column=1)
        report.error("RC702", place, f"{quoted(text)} is not a version", help="write three numbers, such as 0.1.0")
    return version or FIRST


def _parse(sources: Sources, path: str, report: Report) -> jsontext.Json | None:
    file = f"{sources.folder}/{path}"
    text = jsontext.decode(sources.schemas[path], file, report)
    return None if text is None else jsontext.parse(text, file, report)
