"""Makes many modules at once, on as many processors as there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from typing import Final

from codegen.emission import Job, emit

CHUNK: Final = 16
"""Modules made in one go: the model generator is twice as fast on many as on one."""
WORTHWHILE: Final = 64
"""Fewer modules than that are made sooner than a second process has started."""

Progress = Callable[[int, int], None]
"""Told how many modules are made, of how many."""


def emit_all(jobs: Sequence[Job], template: str, progress: Progress) -> list[str]:
    """Return the source of each module, in the order of the jobs."""
    chunks = [jobs[start : start + CHUNK] for start in range(0, len(jobs), CHUNK)]
    sources: list[str] = []
    for made in _run(chunks, template, parallel=len(jobs) >= WORTHWHILE):
        sources += made
        progress(len(sources), len(jobs))
    return sources


def _run(chunks: list[Sequence[Job]], template: str, *, parallel: bool) -> Iterator[list[str]]:
    processors = min(os.cpu_count() or 1, 8, len(chunks))
    if not parallel or processors == 1:
        yield from (emit(chunk, template) for chunk in chunks)
        return
    # started afresh, not forked: a fork would copy the locks of whatever threads run here
    with ProcessPoolExecutor(processors, mp_context=get_context("spawn")) as pool:
        yield from pool.map(emit, chunks, repeat(template))
