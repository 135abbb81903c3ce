"""Prints results and errors, as text or as JSON, and maps errors to exit codes."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from runcomfy_client._core.option_names import option_name
from runcomfy_client.batch import InvalidJobs, LedgerError
from runcomfy_client.cli.console import Console, as_json
from runcomfy_client.cli.context import Invocation
from runcomfy_client.cli.exit_codes import Exit, exit_code_for
from runcomfy_client.errors import ConnectionFailed, InvalidInput, MalformedToken, MissingToken, RunComfyError, SubmitUnknown
from runcomfy_client.orphans import OrphanedJob, orphaned_job

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_client.result import Result

_OPTION: Final = re.compile(r"-(-|[a-z]*$)")
"""Text that click may parse as an option."""
_LOG_IN: Final = "log in with the vendor's CLI, `runcomfy login`"
_TOKEN_STEPS: Final[Mapping[type[RunComfyError], str]] = {
    MissingToken: f"Create a token in your RunComfy profile, and set RUNCOMFY_API_TOKEN, or {_LOG_IN}; "
    "or add --simulate, which needs no token.",
    MalformedToken: f"Copy the token again from your RunComfy profile, without spaces, quotes or `Bearer`, or {_LOG_IN}.",
}
"""Next steps for errors of the token, for users of the terminal. The errors' own next steps name arguments of the Python class."""


def result_json(result: Result[Any], paths: Sequence[Path], *, elapsed: float | None = None) -> dict[str, Any]:
    """Return a result as one JSON object."""
    body: dict[str, Any] = {
        "request_id": result.request_id,
        "model": result.model_id,
        "status": "succeeded",
        "output": result.raw.get("output"),
    }
    if result.cost is not None:
        body["cost"] = result.cost
    if elapsed is not None:
        body["seconds"] = round(elapsed, 3)
    body["files"] = [_file(path) for path in paths]
    return body


def _file(path: Path) -> dict[str, Any]:
    import hashlib

    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"path": str(path), "bytes": path.stat().st_size, "sha256": digest}


def report_saved(console: Console, result: Result[Any], paths: Sequence[Path], *, saved: bool, simulate: bool) -> None:
    """Print the paths of the files, or their URLs if they were not saved, or the output itself if it has no files."""
    for item in paths if saved else [file.url for file in result.files]:
        console.text(str(item))
    output = result.raw.get("output")
    command = job_command("result", result.request_id, simulate=simulate)
    if result.files:
        texts = _text_fields(output, {file.url for file in result.files})
        if texts:
            console.warning(f"The output also has text ({', '.join(texts[:5])}). To print it:\n    {command}")
    elif output in (None, "", [], {}):
        console.warning(f"The job succeeded, but its output is empty:\n    {command}")
    else:
        console.text(output if isinstance(output, str) else as_json(output, indent=2))


def _text_fields(output: object, urls: Collection[str]) -> list[str]:
    """Return the names of the members of an output that are text, not URLs of files."""
    members = output.items() if isinstance(output, Mapping) else ()
    return [str(name) for name, value in members if isinstance(value, str) and value.strip() and value.strip() not in urls]


def report_error(invocation: Invocation, error: RunComfyError) -> Exit:
    """Print the error and the next step; return the exit code."""
    console = invocation.console
    code = exit_code_for(error, may_have_submitted=invocation.may_have_submitted)
    step = _next_step(invocation, error, code)
    if console.json:
        body = {"kind": type(error).__name__, "message": error.message, "next_step": step}
        ids = {"request_id": error.request_id, "model": error.model_id, "http_status": error.http_status, "code": error.code}
        more = (
            {"problems": [{"field": problem.field, "message": problem.message} for problem in error.problems]}
            if isinstance(error, InvalidInput)
            else {}
        )
        if isinstance(error, LedgerError) and error.orphans:
            more["accepted"] = [{"key": key, "request_id": request_id} for key, request_id in error.orphans]
        console.emit_json(
            {"error": {**body, **{key: value for key, value in ids.items() if value is not None}, **more}, "exit_code": int(code)}
        )
    else:
        console.warning(f"error: {_message(error)}\n{step}")
    if isinstance(error, LedgerError):
        for key, request_id in error.orphans:
            console.warning(
                f"accepted, but not recorded: {key} has request id {request_id}; resolve it with `runcomfy-py batch resolve`"
            )
    return code


def _message(error: RunComfyError) -> str:
    if isinstance(error, InvalidInput) and error.problems:
        count = "1 problem" if len(error.problems) == 1 else f"{len(error.problems)} problems"
        if error.class_name in ("request id", "model id"):
            return f"invalid {error.class_name}: {error.problems[0].message}"
        lines = [f"  {_as_option(problem.field)}{problem.message}" for problem in error.problems]
        return "\n".join([f"{count} in the inputs", *lines])
    message = (
        error.message if isinstance(error, InvalidJobs) else " ".join(error.message.split())
    )  # the server's text is printed on one line
    about = {"request": error.request_id, "model": error.model_id, "HTTP": error.http_status, "code": error.code}
    context = ", ".join(f"{name} {value}" for name, value in about.items() if value is not None)
    return f"{message} ({context})" if context else message


def _as_option(field: str) -> str:
    """Return the option for an input, followed by the path within the input, if any, as in `--scenes [0].seconds`."""
    name = re.match(r"[^\W\d]\w*(?=[.\[]|$)", field)
    if name is None:
        return f"{field}: " if field else ""
    inner = field[name.end() :]
    return f"--{option_name(name[0])}{' ' * bool(inner)}{inner}: "


def _next_step(invocation: Invocation, error: RunComfyError, code: Exit) -> str:
    if isinstance(error, InvalidInput):
        from runcomfy_client.schema.local_file import TWO_WAYS

        if TWO_WAYS in error.next_step:
            return error.next_step
        return InvalidInput.next_step  # the error's own next step may name methods of the Python class
    if isinstance(error, MissingToken | MalformedToken):
        return _TOKEN_STEPS[type(error)]
    if isinstance(error, ConnectionFailed) and (base_url := os.environ.get("RUNCOMFY_BASE_URL")):
        return f"{error.next_step} The base URL is {base_url}, from RUNCOMFY_BASE_URL."
    orphan = orphaned_job(error)
    if isinstance(error, SubmitUnknown) or orphan is None or orphan.cancelled or orphan.request_id is None:
        return error.next_step
    if code in (Exit.PENDING, Exit.TRY_AGAIN, Exit.SAVING):
        return f"The job exists: resume it with\n    {_download_command(invocation, orphan.request_id)}"
    return error.next_step


def job_command(verb: str, request_id: str, *, simulate: bool) -> str:
    """Return a shell command on a job. An id that looks like an option follows `--`."""
    option = " --simulate" if simulate else ""
    return (
        f"runcomfy-py {verb}{option} -- {request_id}" if _OPTION.match(request_id) else f"runcomfy-py {verb} {request_id}{option}"
    )


def _download_command(invocation: Invocation, request_id: str) -> str:
    return job_command("download", request_id, simulate=invocation.simulate)


def unreported_job(invocation: Invocation) -> str | None:
    """Return a message about the job that this command could not report; None if there is none."""
    request_id = invocation.finished_id or invocation.submitted_id
    if request_id is None:
        return None
    event = "has succeeded" if invocation.finished_id else "was submitted"
    return f"Job {request_id} {event}. Resume it with\n    {_download_command(invocation, request_id)}"


def report_interrupt(invocation: Invocation, interrupt: BaseException, *, code: Exit) -> None:
    """Print which job may still run, and how to resume it."""
    console = invocation.console
    orphan = orphaned_job(interrupt)
    text = _interrupt_text(invocation, orphan)
    if console.json:
        known = {"request_id": orphan.request_id, "cancelled": orphan.cancelled} if orphan else {}
        console.emit_json({"error": {"kind": "Interrupted", "message": text, **known}, "exit_code": int(code)})
    else:
        console.warning(f"stopped: {text}")


def orphan_message(invocation: Invocation, error: Exception) -> str | None:
    """Return a message about the job that an unexpected error orphaned, with a command to resume it; None if there is none."""
    orphan = orphaned_job(error)
    if orphan is not None or invocation.finished_id is not None:
        text = _interrupt_text(invocation, orphan)
        return text[:1].upper() + text[1:]
    if invocation.submitted_id is not None:
        return unreported_job(invocation)
    if invocation.may_have_submitted:
        return "It is not known whether a job was submitted: check your RunComfy account before you run this again."
    return None


def _interrupt_text(invocation: Invocation, orphan: OrphanedJob | None) -> str:
    if invocation.finished_id is not None and (orphan is None or orphan.succeeded):
        message = f"job {invocation.finished_id} has succeeded, but not all its files are saved. Resume it with"
        return f"{message}\n    {_download_command(invocation, invocation.finished_id)}"
    if orphan is None:
        return "no job is running."
    if orphan.request_id is None:
        return str(orphan)
    if orphan.cancelled:
        return f"job {orphan.request_id} was still queued, and has been cancelled."
    command = _download_command(invocation, orphan.request_id)
    return f"job {orphan.request_id} may still run. Resume it with\n    {command}"
