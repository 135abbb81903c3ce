"""SIGTERM and SIGHUP, as batch systems, containers and closing terminals send them, treated as Ctrl-C: by default they end Python
on the spot, and ids are lost.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Within the block, a SIGTERM or SIGHUP has the effect of Ctrl-C: `KeyboardInterrupt`, under `asyncio.run` a cancelled main
    task.

        with sigterm_as_ctrl_c(), RunComfy() as client:
            client.run(request)

    So the job is named (`orphaned_job`), and cancelled if it is still queued. To be used in the main thread, and opted into: a
    library does not change a program's signals by itself. `as` gives a function that says whether one came, for a program whose
    exit code tells the two apart.

    Raises:
        ValueError: this is not the main thread.
    """
    came = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal came
        came = True
        if callable(signal.getsignal(signal.SIGINT)):
            signal.raise_signal(signal.SIGINT)
        else:  # a shell starts what is in the background with SIGINT ignored: a SIGTERM is meant all the same
            raise KeyboardInterrupt

    numbers = [signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored: it runs under nohup
        numbers.append(signal.SIGHUP)
    before = [(number, signal.signal(number, interrupt)) for number in numbers]
    try:
        yield lambda: came
    finally:
        for number, handler in before:
            signal.signal(number, handler)
