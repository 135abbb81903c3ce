"""Local files as inputs of a server: only files below the folders that the user has allowed."""

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
    """Return the inputs of a model with a `LocalFile` in place of each path. Without folders, return them unchanged.

    A path is text without a URL scheme in a media input. A relative path is searched in each folder.

    Raises:
        InvalidInput: a path leads out of the folders, also by `..` or a symbolic link. The message does not say whether the file
            exists.
    """
    if not folders:
        return inputs
    problems: list[Problem] = []

    def to_local_file(text: str, field: str) -> Any:
        if text.lower().startswith("file:"):
            problems.append(Problem(field, "file: URLs are not supported; use a plain path below a folder allowed with --files"))
            return text
        if "://" in text or text.startswith("data:") or not text.strip() or not text.isprintable():
            return text
        file = find_in_folders(text, folders)
        if file is None:
            problems.append(Problem(field, "this is not a file below a folder that the user has allowed with --files"))
        return file

    resolved: Mapping[str, Any] = map_media(inputs, schema, schema, to_local_file)
    if problems:
        raise InvalidInput(class_name, tuple(problems))
    return resolved


def find_in_folders(text: str, folders: tuple[Path, ...]) -> LocalFile | None:
    """Return the file at a path below one of the folders, also after symbolic links are followed; None if there is none."""
    for folder in folders:
        try:
            path = (folder / text).resolve()  # an absolute path is not changed by the folder
            if path.is_relative_to(folder.resolve()) and path.is_file():
                return LocalFile(path, folder=folder.resolve())
        except (OSError, ValueError, RuntimeError):
            continue
    return None
