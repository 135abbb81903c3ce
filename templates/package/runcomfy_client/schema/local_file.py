"""A file on this machine as an input of a request, until a client uploads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

from runcomfy_client.errors import InvalidInput, Problem

TWO_WAYS: Final = (
    "Two ways: host the file yourself and pass its public https:// URL, or let the client upload it to your bucket, "
    'with media="s3://bucket/prefix" or the environment variable RUNCOMFY_MEDIA.'
)


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on this machine, for an input that accepts a URL. A plain `Path` means the same.

    Creating one does not read the file. A client with a bucket (`media=`) checks the file, uploads it, and sends a signed link.

    Args:
        path: the path of the file. A relative path is resolved in the working directory at the time of the upload.
        strip_metadata: upload a copy of an image without its metadata (place, time, camera, thumbnail); needs Pillow. Only for
            JPEG, PNG and WebP. By default, the file is uploaded unchanged, with its metadata.
        folder: a folder that the file must be in, also after all symbolic links are followed.
    """

    path: Path
    strip_metadata: bool = False
    folder: Path | None = None

    def __init__(
        self, path: str | PathLike[str], *, strip_metadata: bool = False, folder: str | PathLike[str] | None = None
    ) -> None:
        object.__setattr__(self, "path", Path(fspath(path)))
        object.__setattr__(self, "strip_metadata", bool(strip_metadata))
        object.__setattr__(self, "folder", None if folder is None else Path(fspath(folder)))

    def __str__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        return f"LocalFile({str(self.path)!r}{', strip_metadata=True' if self.strip_metadata else ''})"


_folder: ContextVar[Path | None] = ContextVar("_folder", default=None)


@contextmanager
def paths_as_text(folder: Path) -> Iterator[None]:
    """Within the block, text in a media input that is not a URL is the path of a local file, relative to `folder`.

    This is for the command line and for files of jobs. In Python, paths are `Path` objects, and text is always a URL, so that a
    mistyped URL is reported as such.
    """
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def are_paths_text() -> bool:
    """Return True within `paths_as_text`."""
    return _folder.get() is not None


def local_file_from_text(text: str) -> LocalFile | None:
    """Return the local file with this path within `paths_as_text`; otherwise None. `text` has no URL scheme."""
    base = _folder.get()
    if base is None or not text.isprintable() or not text.strip():
        return None
    path = Path(text).expanduser()
    inside = not (path.is_absolute() or PureWindowsPath(text).is_absolute() or ".." in PurePosixPath(text).parts)
    return LocalFile(base / path, folder=base if inside else None)


def local_files_in(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], LocalFile]]:
    """Yield each local file in the JSON of a request, with its path in the JSON: a tuple of keys and indices."""
    if isinstance(value, LocalFile):
        yield place, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from local_files_in(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from local_files_in(item, (*place, index))


def reject_local_files(payload: dict[str, Any], class_name: str) -> None:
    """Check that a payload contains no local files.

    Raises:
        InvalidInput: there are local files; the next step says how to send them.
    """
    problems = tuple(
        Problem(path_of(place), f"{file} is a local file that was not uploaded") for place, file in local_files_in(payload)
    )
    if problems:
        raise InvalidInput(class_name, problems, next_step=f"{TWO_WAYS} Nothing was sent.")


def path_of(place: tuple[str | int, ...]) -> str:
    """Format a path in JSON, such as `elements[0].frontal_image_url`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


__all__ = [
    "TWO_WAYS",
    "LocalFile",
    "are_paths_text",
    "local_file_from_text",
    "local_files_in",
    "path_of",
    "paths_as_text",
    "reject_local_files",
]
