"""Treats SIGTERM and SIGHUP (from batch systems, containers and closing terminals) as Ctrl-C.

By default, these signals terminate Python immediately, and job ids are lost.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Within the block, SIGTERM and SIGHUP act like Ctrl-C: `KeyboardInterrupt`, or a cancelled main task under `asyncio.run`.

        with sigterm_as_ctrl_c(), RunComfy() as client:
            client.run(request)

    So the exception names the job (see `orphaned_job`), and a job that is still queued is cancelled. Use it in the main thread. It
    is opt-in, since a library must not change a program's signal handlers. The block's `as` value is a function that returns True
    if one of the signals arrived, for programs whose exit code depends on it.

    Raises:
        ValueError: the current thread is not the main thread.
    """
    received = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal received
        received = True
        if callable(signal.getsignal(signal.SIGINT)):
            signal.raise_signal(signal.SIGINT)
        else:  # a shell starts background processes with SIGINT ignored; SIGTERM must interrupt them nevertheless
            raise KeyboardInterrupt

    numbers = [signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under nohup
        numbers.append(signal.SIGHUP)
    before = [(number, signal.signal(number, interrupt)) for number in numbers]
    try:
        yield lambda: received
    finally:
        for number, handler in before:
            signal.signal(number, handler)
