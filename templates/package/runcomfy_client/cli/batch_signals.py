"""Handles Ctrl-C, SIGTERM and SIGHUP while a batch runs: the first signal stops it cleanly, the second immediately."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

from runcomfy_client.cli.console import Console
from runcomfy_client.cli.exit_codes import Exit


def stop_signals(stop: Callable[[], object], console: Console) -> list[int]:
    """Call `stop` on the running event loop at each of these signals. Return a list that collects their exit codes."""
    stopped: list[int] = []

    def on_signal(code: Exit) -> None:
        stopped.append(code)
        stop()
        if len(stopped) == 1:
            console.info("stopping after the submits in flight; press Ctrl-C again to stop immediately")

    hangup = getattr(signal, "SIGHUP", signal.SIGTERM)  # the terminal is closed
    for number, code in ((signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED), (hangup, Exit.TERMINATED)):
        if signal.getsignal(number) is signal.SIG_IGN:
            continue  # it remains ignored, as in a background process of a script
        with suppress(NotImplementedError):  # on Windows, Ctrl-C cancels the run, which also stops cleanly
            asyncio.get_running_loop().add_signal_handler(number, on_signal, code)
    return stopped
