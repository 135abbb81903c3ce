"""The records of a folder that the generator wrote: the manifest, which is part of the client, and the cache, which is not.

The manifest lists the files with their digests, so that stale files can be distinguished from files of other programs. The cache
has a digest of the sources of each model, and one for the files that list all models, so that the next build emits only what
changed; losing it costs only time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

MANIFEST: Final = ".runcomfy-codegen.json"
CACHE: Final = ".runcomfy-codegen.cache"

SHARED: Final = ""
"""The key in the cache, instead of a model's id, of the files that list all models."""

Tree = Mapping[str, bytes]
"""The contents of files by path relative to a folder, with `/` as separator."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """The entry of one model in the cache, or of the files that list all models.

    Attributes:
        key: a digest of everything that the files depend on.
        exports: the classes of the model.
        files: the digest of each of its files, by path.
    """

    key: str
    exports: tuple[str, ...]
    files: Mapping[str, str]


def manifest_text(tree: Tree) -> bytes:
    """Return the content of the manifest of a tree."""
    return _text({"files": {path: digest(content) for path, content in sorted(tree.items())}})


def read_manifest(content: bytes | None) -> dict[str, str]:
    """Return the digests in a manifest by path; empty if it cannot be parsed."""
    return _read(
        content, lambda recorded: {str(path): str(known) for path, known in recorded["files"].items() if is_below(str(path))}
    )


def cache_text(entries: Mapping[str, Entry]) -> bytes:
    """Return the content of the cache."""
    listed = {
        model_id: {"key": entry.key, "exports": list(entry.exports), "files": dict(entry.files)}
        for model_id, entry in sorted(entries.items())
    }
    return _text({"models": listed})


def read_cache(content: bytes | None) -> dict[str, Entry]:
    """Return the entries of the cache by model id; empty if it cannot be parsed."""
    return _read(
        content,
        lambda recorded: {
            str(model_id): Entry(str(entry["key"]), tuple(map(str, entry["exports"])), dict(entry["files"]))
            for model_id, entry in recorded["models"].items()
            if all(isinstance(name, str) and name.isascii() and name.isidentifier() for name in entry["exports"])
        },
    )


def digest(*contents: bytes) -> str:
    """Return a digest of several contents. Their boundaries matter."""
    total = hashlib.sha256()
    for content in contents:
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


def is_below(path: str) -> bool:
    """Return True if a relative path cannot lead out of its folder."""
    return not path.startswith("/") and ".." not in path.split("/") and "\\" not in path and ":" not in path


def _text(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def _read(content: bytes | None, take: Callable[[Any], dict[str, T]]) -> dict[str, T]:
    try:
        return take(json.loads(content or b"{}"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
