"""Warns about files in the schemas folder that a build does not read, so that none is ignored silently."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from codegen.read.sources import LOCK, VERSION, Sources
from codegen.values.diagnostics import Place, Report, did_you_mean

_FOLDERS: Final = ("models", "corrections")
_NOTES: Final = re.compile(r"\..*|.*~|(README|LICENSE|NOTES?|CHANGELOG)(\..*)?", re.IGNORECASE)
"""Names of files that are clearly not schemas."""


def warn_unread(sources: Sources, report: Report) -> None:
    """Warn about files in the schemas folder that are not read."""
    for path in sources.schemas:
        folder, _, rest = path.partition("/")
        is_read = path in (LOCK, VERSION) or (folder in _FOLDERS and rest.endswith(".json"))
        if not is_read and not _NOTES.fullmatch(PurePosixPath(path).name) and not path.startswith("."):
            report.warn("RC318", Place(f"{sources.folder}/{path}"), "this file is not read", help=_next_step(folder, rest, path))
    for path in sources.other_entries:
        if not path.startswith("."):
            message = "this is neither a regular file nor a folder, so it is not read"
            report.warn(
                "RC318", Place(f"{sources.folder}/{path}"), message, help="put the files themselves here, or links to files"
            )


def _next_step(folder: str, rest: str, path: str) -> str:
    suffix = PurePosixPath(path).suffix
    if suffix.lower() in (".yaml", ".yml"):
        return "convert it to JSON, such as with `yq -o json FILE`"
    if suffix.lower() == ".json" and suffix != ".json":
        return "change its extension to .json, in lower case"
    if rest and suffix == ".json":
        near = did_you_mean(folder, list(_FOLDERS))
        return f"move it below models/ or corrections/{near}"
    if suffix == ".json":
        return "move it below models/, to models/<model id>.json"
    return "add it with `runcomfy-codegen add`, or move it to another folder"
