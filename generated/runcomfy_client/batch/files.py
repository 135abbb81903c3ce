"""The files of a batch on the disk: their hashes for the ledger, and what a kill has left half-written."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from runcomfy_client.batch.records import SavedFile

_PART: Final = re.compile(r"(.+)-[0-9]+\.[a-z0-9]+\.[0-9a-f]{8}\.part")


def hash_files(paths: Sequence[Path], folder: Path) -> list[SavedFile]:
    """Return what the ledger keeps of files: their paths inside `folder`, their SHA-256 and their sizes."""
    found: list[SavedFile] = []
    for path in paths:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found.append(SavedFile(path.relative_to(folder).as_posix(), digest, path.stat().st_size))
    return found


def remove_part_files(folder: Path, request_ids: Collection[str]) -> int:
    """Remove the half-written files of jobs that nobody is saving now; return how many."""
    names = {re.sub(r"[^A-Za-z0-9_-]", "_", request_id)[:100] for request_id in request_ids}
    count = 0
    for path in folder.glob("*.part"):
        found = _PART.fullmatch(path.name)
        if found is not None and found[1] in names:
            path.unlink(missing_ok=True)
            count += 1
    return count


def fsync_folder(folder: Path) -> None:
    """Make new names in a folder survive a power cut, where the system can do that."""
    with suppress(OSError):  # Windows opens no folders, and needs none of this
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
