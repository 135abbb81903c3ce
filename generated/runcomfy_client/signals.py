"""SIGTERM, as batch systems and containers send it, treated as Ctrl-C: by default it ends Python on the spot, and ids are lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """Within the block, a SIGTERM has the effect of Ctrl-C: `KeyboardInterrupt`, under `asyncio.run` a cancelled main task.

        with sigterm_as_ctrl_c(), RunComfy() as client:
            client.run(request)

    So the job is named (`left_behind`), and cancelled if it is still queued. To be used in the main thread, and opted into: a library
    does not change a program's signals by itself.

    Raises:
        ValueError: this is not the main thread.
    """
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
