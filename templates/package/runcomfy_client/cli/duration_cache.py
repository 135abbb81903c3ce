"""Stores the durations of jobs in the user's cache folder, for later calls of the tool. An unreadable cache is ignored."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from runcomfy_client._core.flows.durations import Durations

_MAX_BYTES: Final = 1 << 20


@contextmanager
def cached_durations(durations: Durations) -> Iterator[None]:
    """Load `durations` from the cache, and store them if the block changes them."""
    with suppress(OSError, ValueError, RuntimeError, RecursionError):
        if _path().stat().st_size <= _MAX_BYTES:
            durations.load(json.loads(_path().read_bytes()))
    before = durations.dump()
    try:
        yield
    finally:
        after = durations.dump()
        if after != before:
            with suppress(OSError, RuntimeError):
                _write(json.dumps(after).encode())


def _write(content: bytes) -> None:
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)


def _path() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "runcomfy-py" / "durations.json"
