"""How results and errors are told: for people, as JSON, and as an exit code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runcomfy_client.batch import InvalidJobs, LedgerError
from runcomfy_client.cli.console import Screen
from runcomfy_client.cli.exit_codes import Exit, exit_of
from runcomfy_client.cli.inputs import option_word
from runcomfy_client.errors import InvalidInput, MissingToken, RunComfyError, SubmitUnknown
from runcomfy_client.interrupts import OrphanedJob, orphaned_job
from runcomfy_client.result import Result


@dataclass(slots=True)
class _SoFar:
    paid: bool = False
    submitted: str | None = None
    finished: str | None = None


_so_far = _SoFar()


def begin() -> None:
    """Forget what an earlier command has done."""
    _so_far.paid, _so_far.submitted, _so_far.finished = False, None, None


def note_paid() -> None:
    """Remember that from here on this command may have submitted a job, so that running it again may pay again."""
    _so_far.paid = True


def note_submitted(request_id: str) -> None:
    """Remember that this command has submitted a job, and which."""
    _so_far.submitted = request_id


def note_finished(request_id: str) -> None:
    """Remember that a job has succeeded, and that only its files are still to be saved."""
    _so_far.finished = request_id


def result_json(result: Result[Any], paths: Sequence[Path], *, elapsed: float | None = None) -> dict[str, Any]:
    """Return a result as one JSON object."""
    told: dict[str, Any] = {
        "request_id": result.request_id,
        "model": result.model_id,
        "status": "succeeded",
        "output": result.raw.get("output"),
    }
    if result.cost is not None:
        told["cost"] = result.cost
    if elapsed is not None:
        told["seconds"] = round(elapsed, 3)
    told["files"] = [_file(path) for path in paths]
    return told


def _file(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"path": str(path), "bytes": path.stat().st_size, "sha256": digest}


def tell_saved(screen: Screen, result: Result[Any], paths: Sequence[Path], *, saved: bool) -> None:
    """Print the paths of the files, or their URLs when none were to be saved."""
    for item in paths if saved else [file.url for file in result.files]:
        screen.line(item)
    if not result.files:
        screen.warn("The job succeeded, but its output names no file; `runcomfy-py result` prints it.")


def tell_error(screen: Screen, error: RunComfyError, *, simulate: bool) -> Exit:
    """Tell what went wrong and what to do, and return the exit code."""
    code = exit_of(error, paid=_so_far.paid)
    step = _next_step(error, code, simulate=simulate)
    if screen.json:
        told = {"kind": type(error).__name__, "message": error.message, "next_step": step}
        known = {"request_id": error.request_id, "model": error.model_id, "http_status": error.http_status, "code": error.code}
        more = (
            {"problems": [{"field": problem.field, "message": problem.message} for problem in error.problems]}
            if isinstance(error, InvalidInput)
            else {}
        )
        if isinstance(error, LedgerError) and error.orphans:
            more["accepted"] = [{"key": key, "request_id": request_id} for key, request_id in error.orphans]
        screen.result(
            {"error": {**told, **{key: value for key, value in known.items() if value is not None}, **more}, "exit_code": int(code)}
        )
    else:
        screen.warn(f"error: {_message(error)}\n{step}")
    if isinstance(error, LedgerError):
        for key, request_id in error.orphans:
            screen.warn(f"accepted, but not written down: {key} is {request_id}; settle it with `runcomfy-py batch resolve`")
    return code


def _message(error: RunComfyError) -> str:
    if isinstance(error, InvalidInput) and error.problems:
        count = "1 problem" if len(error.problems) == 1 else f"{len(error.problems)} problems"
        if error.class_name in ("request id", "model id"):
            return f"this is no {error.class_name}: {error.problems[0].message}"
        lines = [f"  {_as_option(problem.field)}{problem.message}" for problem in error.problems]
        return "\n".join([f"{count} in the inputs", *lines])
    message = error.message if isinstance(error, InvalidJobs) else " ".join(error.message.split())  # no lines of the server's
    about = {"request": error.request_id, "model": error.model_id, "HTTP": error.http_status, "code": error.code}
    context = ", ".join(f"{name} {value}" for name, value in about.items() if value is not None)
    return f"{message} ({context})" if context else message


def _as_option(field: str) -> str:
    """Write the name of an input as its option; of a part of one, that and the way to the part, as in `--scenes [0].seconds`."""
    name = re.match(r"[^\W\d]\w*(?=[.\[]|$)", field)
    if name is None:
        return f"{field}: " if field else ""
    inner = field[name.end() :]
    return f"--{option_word(name[0])}{' ' * bool(inner)}{inner}: "


def _next_step(error: RunComfyError, code: Exit, *, simulate: bool) -> str:
    if isinstance(error, InvalidInput):
        return InvalidInput.next_step  # what it may say about the methods of requests is for Python
    if isinstance(error, MissingToken):
        return "Make a token in your RunComfy profile, and set RUNCOMFY_API_TOKEN, or log in with the vendor's CLI, `runcomfy login`; or add --simulate, which needs no token."
    left = orphaned_job(error)
    if isinstance(error, SubmitUnknown) or left is None or left.cancelled or left.request_id is None:
        return error.next_step
    if code in (Exit.PENDING, Exit.TRY_AGAIN, Exit.SAVING):
        return f"The job is there: pick it up with\n    {pick_up(left.request_id, simulate=simulate)}"
    return error.next_step


def pick_up(request_id: str, *, simulate: bool) -> str:
    """Return the command that picks a job up."""
    return f"runcomfy-py download {request_id}{' --simulate' if simulate else ''}"


def unprinted(*, simulate: bool) -> str | None:
    """Say which job this command could not print the outcome of; None when there is none."""
    request_id = _so_far.finished or _so_far.submitted
    if request_id is None:
        return None
    return f"Job {request_id} {'has succeeded' if _so_far.finished else 'was submitted'}. Pick it up with\n    {pick_up(request_id, simulate=simulate)}"


def tell_interrupt(screen: Screen, stop: BaseException, *, simulate: bool, code: Exit) -> None:
    """Say which job may still run, and how to pick it up."""
    left = orphaned_job(stop)
    text = _interrupt_text(left, simulate=simulate)
    if screen.json:
        known = {"request_id": left.request_id, "cancelled": left.cancelled} if left else {}
        screen.result({"error": {"kind": "Interrupted", "message": text, **known}, "exit_code": int(code)})
    else:
        screen.warn(f"stopped: {text}")


def what_is_left(error: Exception, *, simulate: bool) -> str | None:
    """Say which job an unforeseen error leaves, and how to pick it up; None when there can be none."""
    left = orphaned_job(error)
    if left is not None or _so_far.finished is not None:
        text = _interrupt_text(left, simulate=simulate)
        return text[:1].upper() + text[1:]
    if _so_far.submitted is not None:
        return unprinted(simulate=simulate)
    if _so_far.paid:
        return "It is not known whether a job was submitted: look in your RunComfy account before you run this again."
    return None


def _interrupt_text(left: OrphanedJob | None, *, simulate: bool) -> str:
    if _so_far.finished is not None and (left is None or left.succeeded):
        what = f"job {_so_far.finished} has succeeded, but its files are not all saved. Pick it up with"
        return f"{what}\n    {pick_up(_so_far.finished, simulate=simulate)}"
    if left is None:
        return "no job was left behind."
    if left.request_id is None:
        return str(left)
    if left.cancelled:
        return f"job {left.request_id} was still queued, and has been cancelled."
    return f"job {left.request_id} may still run. Pick it up with\n    {pick_up(left.request_id, simulate=simulate)}"
