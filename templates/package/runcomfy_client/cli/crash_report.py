"""Reports unexpected errors: a message, a file with the traceback, and the job that may be orphaned."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from contextlib import suppress
from typing import Any, Final

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.cli.console import OutputClosed
from runcomfy_client.cli.context import Invocation
from runcomfy_client.cli.exit_codes import Exit
from runcomfy_client.cli.reporting import orphan_message, unreported_job

_MAX_MESSAGE: Final = 300


def report_bug(invocation: Invocation, error: Exception) -> Exit:
    """Report a bug in this tool. The traceback is saved, so that the user need not run, and pay, again to report it."""
    summary = f"{type(error).__name__}: {escape_control_chars(error, max_length=_MAX_MESSAGE)}"
    path = _traceback_file(error)
    hint = f"its traceback is in {path}; please report it" if path else "its traceback could not be written to a file"
    _report(invocation, error, f"a bug in this tool, {summary} ({hint})", code=Exit.BUG, more={"traceback": path})
    return Exit.BUG


def report_os_error(invocation: Invocation, error: OSError) -> Exit:
    """Report that a file could not be read or written."""
    reason = error.strerror or str(error)
    message = (
        f"{os.fsdecode(error.filename)}: {reason}" if isinstance(error.filename, str | bytes) else f"cannot write or read: {reason}"
    )
    discard_stdout()
    _report(invocation, error, message, code=Exit.SAVING, more={})
    return Exit.SAVING


def report_closed_stdout(invocation: Invocation, error: OutputClosed) -> Exit:
    """Report that stdout cannot be written to, and the job that could not be printed. A closed pipe alone is not an error."""
    discard_stdout()
    job = unreported_job(invocation)
    if error.reader_left and job is None:
        return Exit.DONE
    invocation.console.warning(f"error: stdout cannot be written to ({error}).{f' {job}' if job else ''}")
    return Exit.SAVING


def discard_stdout() -> None:
    """Redirect an unwritable stdout to the null device; otherwise the interpreter reports an error when it exits."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report(invocation: Invocation, error: Exception, message: str, *, code: Exit, more: dict[str, Any]) -> None:
    step = orphan_message(invocation, error) or getattr(error, "next_step", None)
    if invocation.console.json:
        body = {"kind": type(error).__name__, "message": message, **({"next_step": step} if step else {}), **more}
        invocation.console.emit_json({"error": body, "exit_code": int(code)})
    else:
        invocation.console.warning("\n".join([f"error: {message}", *([step] if step else [])]))


def _traceback_file(error: Exception) -> str | None:
    text = "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace")
    try:
        with tempfile.NamedTemporaryFile(prefix="runcomfy-py-", suffix=".txt", delete=False) as file:
            file.write(text)
    except OSError:
        return None
    return file.name
