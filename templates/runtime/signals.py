"""SIGTERM, as batch systems and containers send it, treated as Ctrl-C: by default it ends Python on the spot, and ids are lost."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Within the block, a SIGTERM has the effect of Ctrl-C: `KeyboardInterrupt`, under `asyncio.run` a cancelled main task.

        with sigterm_as_ctrl_c(), RunComfy() as client:
            client.run(request)

    So the job is named (`left_behind`), and cancelled if it is still queued. To be used in the main thread, and opted into: a library
    does not change a program's signals by itself. `as` gives a function that says whether a SIGTERM came, for a program whose exit code
    tells the two apart.

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

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield lambda: came
    finally:
        signal.signal(signal.SIGTERM, before)
