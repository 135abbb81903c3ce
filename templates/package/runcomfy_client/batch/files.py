"""The files of a batch on the disk: their digests for the ledger, and the removal of incomplete files after a kill."""

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
    """Return the records of files for the ledger: their paths relative to `folder`, their SHA-256, and their sizes."""
    saved: list[SavedFile] = []
    for path in paths:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        saved.append(SavedFile(path.relative_to(folder).as_posix(), digest, path.stat().st_size))
    return saved


def remove_part_files(folder: Path, request_ids: Collection[str]) -> int:
    """Remove the incomplete files of jobs that are not being saved now; return how many."""
    names = {re.sub(r"[^A-Za-z0-9_-]", "_", request_id)[:100] for request_id in request_ids}
    count = 0
    for path in folder.glob("*.part"):
        match = _PART.fullmatch(path.name)
        if match is not None and match[1] in names:
            path.unlink(missing_ok=True)
            count += 1
    return count


def fsync_folder(folder: Path) -> None:
    """Flush new names in a folder to the disk, so that they survive a power failure, if the system supports it."""
    with suppress(OSError):  # Windows cannot open folders, and does not need this
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
