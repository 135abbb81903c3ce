"""Makes many models at once, on as many processors as there are."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

from codegen.emission import make
from codegen.jobs import Job, Made

CHUNK: Final = 25
"""Models made in one go: the model generator is twice as fast on many as on one."""
WORTHWHILE: Final = 64
"""Fewer models than that are made sooner than a second process has started."""

Progress = Callable[[int, int], None]
"""Told how many models are made, of how many."""


def make_all(jobs: Sequence[Job], progress: Progress) -> Iterator[Made]:
    """Make what each job asks for, in their order."""
    total = sum(len(job.paths) for job in jobs)
    done = 0
    for job, made in zip(jobs, _run(jobs, parallel=total >= WORTHWHILE), strict=True):
        done += len(job.paths)
        progress(done, total)
        yield made


def _start() -> None:
    gc.disable()  # a worker does not live long enough to need it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that was started by a person; it ends this one


def _run(jobs: Sequence[Job], *, parallel: bool) -> Iterator[Made]:
    processors = min(os.cpu_count() or 1, 8, len(jobs))
    if not parallel or processors == 1:
        yield from map(make, jobs)
        return
    # started afresh, not forked: a fork would copy the locks of whatever threads run here
    with ProcessPoolExecutor(processors, mp_context=get_context("spawn"), initializer=_start) as pool:
        yield from pool.map(make, jobs)
