"""What the tool did not foresee: a line for people, the traceback in a file of its own, and the job that may be left."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from contextlib import suppress
from typing import Any, Final

from runcomfy_client.cli.console import OutputClosed, Screen, clean
from runcomfy_client.cli.exit_codes import Exit
from runcomfy_client.cli.reporting import unprinted, what_is_left

_LONGEST: Final = 300


def tell_bug(screen: Screen, error: Exception, *, simulate: bool) -> Exit:
    """Tell a bug of this tool. Nothing has to be run again, and perhaps be paid again, to see the traceback."""
    said = f"{type(error).__name__}: {clean(error, longest=_LONGEST)}"
    path = _traceback_file(error)
    where = f"its traceback is in {path}; please report it" if path else "its traceback could not be written to a file"
    _tell(screen, error, f"a bug in this tool, {said} ({where})", code=Exit.BUG, simulate=simulate, more={"traceback": path})
    return Exit.BUG


def tell_disk(screen: Screen, error: OSError, *, simulate: bool) -> Exit:
    """Tell that a file could not be read or written."""
    reason = error.strerror or str(error)
    what = (
        f"{os.fsdecode(error.filename)}: {reason}" if isinstance(error.filename, str | bytes) else f"cannot write or read: {reason}"
    )
    discard_stdout()
    _tell(screen, error, what, code=Exit.SAVING, simulate=simulate, more={})
    return Exit.SAVING


def tell_stdout(screen: Screen, gone: OutputClosed, *, simulate: bool) -> Exit:
    """Tell that stdout takes nothing, with the job that should have been printed. A reader who has just left is no news."""
    discard_stdout()
    job = unprinted(simulate=simulate)
    if gone.reader_left and job is None:
        return Exit.DONE
    screen.warn(f"error: stdout cannot be written to ({gone}).{f' {job}' if job else ''}")
    return Exit.SAVING


def discard_stdout() -> None:
    """Send what stdout still holds to nowhere if nobody takes it, or the interpreter would complain at its end."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(screen: Screen, error: Exception, what: str, *, code: Exit, simulate: bool, more: dict[str, Any]) -> None:
    left = what_is_left(error, simulate=simulate)
    if screen.json:
        told = {"kind": type(error).__name__, "message": what, **({"next_step": left} if left else {}), **more}
        screen.result({"error": told, "exit_code": int(code)})
    else:
        screen.warn("\n".join([f"error: {what}", *([left] if left else [])]))


def _traceback_file(error: Exception) -> str | None:
    text = "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace")
    try:
        with tempfile.NamedTemporaryFile(prefix="runcomfy-py-", suffix=".txt", delete=False) as file:
            file.write(text)
    except OSError:
        return None
    return file.name
