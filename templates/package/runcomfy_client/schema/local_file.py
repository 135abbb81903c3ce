"""A file on this machine as an input: a value that stands in a request until a client uploads it."""

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
    "Two ways: host the file yourself and pass its public https:// URL; or let the client upload it to a bucket of yours, "
    'with media="s3://bucket/prefix" or the environment variable RUNCOMFY_MEDIA.'
)


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on this machine, for an input that takes a URL. A plain `Path` means the same.

    Nothing is read when it is made. A client that has a bucket (`media=`) checks the file, uploads it, and sends a signed link.

    Args:
        path: where the file is. A relative path counts from the working directory at the time of the upload.
        strip_metadata: upload a copy of an image without its metadata (place, time, camera, thumbnail); needs Pillow. JPEG, PNG and
            WebP only. Without it, the file is uploaded as it is, metadata included.
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
    """Within the block, text in a media input that is no URL is the path of a local file, relative to `folder`.

    For text that people write at a terminal or into a file of jobs. In Python, a path is a `Path`: there, text is a URL, so that a
    URL with a typing mistake is reported as one.
    """
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def are_paths_text() -> bool:
    """Whether text is what a person wrote at a terminal or into a file of jobs: this is inside `paths_as_text`."""
    return _folder.get() is not None


def local_file_from_text(text: str) -> LocalFile | None:
    """Return the local file that a text without a scheme names, inside `paths_as_text`; else None."""
    base = _folder.get()
    if base is None or not text.isprintable() or not text.strip():
        return None
    path = Path(text).expanduser()
    inside = not (path.is_absolute() or PureWindowsPath(text).is_absolute() or ".." in PurePosixPath(text).parts)
    return LocalFile(base / path, folder=base if inside else None)


def local_files_in(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], LocalFile]]:
    """Yield each local file in the JSON of a request, with its place: the keys and indices that lead to it."""
    if isinstance(value, LocalFile):
        yield place, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from local_files_in(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from local_files_in(item, (*place, index))


def refuse_local_files(payload: dict[str, Any], class_name: str) -> None:
    """Make sure that no local file is left in what is sent.

    Raises:
        InvalidInput: there is one; the error names the inputs, and the two ways to send a file.
    """
    found = tuple(
        Problem(path_of(place), f"{file} is a local file, and not uploaded yet") for place, file in local_files_in(payload)
    )
    if found:
        raise InvalidInput(class_name, found, next_step=f"{TWO_WAYS} Nothing was sent.")


def path_of(place: tuple[str | int, ...]) -> str:
    """Write a place as people do: `elements[0].frontal_image_url`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")


__all__ = [
    "TWO_WAYS",
    "LocalFile",
    "are_paths_text",
    "local_file_from_text",
    "local_files_in",
    "path_of",
    "paths_as_text",
    "refuse_local_files",
]
