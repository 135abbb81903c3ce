"""Local files as inputs: only those below the folders that whoever started the server has allowed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runcomfy_client._core.tool_schema import map_media
from runcomfy_client.errors import InvalidInput, Problem
from runcomfy_client.schema.local_file import LocalFile


def with_local_files(
    schema: Mapping[str, Any], inputs: Mapping[str, Any], folders: tuple[Path, ...], *, class_name: str
) -> Mapping[str, Any]:
    """Return the inputs of a model with a `LocalFile` in place of each path. Without folders they stay as they are.

    A path is text in a media input that has no scheme. A relative one is looked for in each of the folders.

    Raises:
        InvalidInput: a path leads out of the folders, also by `..` or a symbolic link. What is there is not told.
    """
    if not folders:
        return inputs
    problems: list[Problem] = []

    def change(text: str, place: str) -> Any:
        if text.lower().startswith("file:"):
            problems.append(Problem(place, "a file: URL is not read; give the path by itself, below a folder allowed with --files"))
            return text
        if "://" in text or text.startswith("data:") or not text.strip() or not text.isprintable():
            return text
        found = find_in_folders(text, folders)
        if found is None:
            problems.append(Problem(place, "this is not a file below a folder that a person has allowed with --files"))
        return found

    made = map_media(inputs, schema, schema, change)
    if problems:
        raise InvalidInput(class_name, tuple(problems))
    found: Mapping[str, Any] = made
    return found


def find_in_folders(text: str, folders: tuple[Path, ...]) -> LocalFile | None:
    """Return the file that a path names below one of the folders, also after symbolic links are followed; else None."""
    for folder in folders:
        try:
            path = (folder / text).resolve()  # an absolute path stays what it is
            if path.is_relative_to(folder.resolve()) and path.is_file():
                return LocalFile(path, folder=folder.resolve())
        except (OSError, ValueError, RuntimeError):
            continue
    return None
