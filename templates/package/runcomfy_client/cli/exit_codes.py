"""Exit codes, as in sysexits.h. Running the same command again is always safe only after 75."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from runcomfy_client.errors import (
    APIError,
    AuthenticationError,
    ConfigurationError,
    ConnectionFailed,
    DownloadError,
    InsufficientBalance,
    InvalidInput,
    InvalidRequest,
    JobCancelled,
    JobFailed,
    MalformedToken,
    MissingToken,
    PermissionDenied,
    RateLimited,
    RequestNotFound,
    RunComfyError,
    ServerError,
    SubmitUnknown,
    UnknownModel,
    UploadFailed,
    WaitTimeout,
)


class Exit(enum.IntEnum):
    """The exit codes of the tool; `MEANINGS` describes them."""

    DONE = 0
    FAILED = 1
    USAGE = 64
    INPUT = 65
    UNAVAILABLE = 69
    BUG = 70
    SAVING = 74
    TRY_AGAIN = 75
    PENDING = 76
    AUTH = 77
    INTERRUPTED = 130
    TERMINATED = 143


MEANINGS: Final[Mapping[Exit, str]] = {
    Exit.DONE: "Done.",
    Exit.FAILED: "The job, or a job of the batch, failed or was cancelled.",
    Exit.USAGE: "Invalid usage: an unknown command, option or model.",
    Exit.INPUT: "Invalid inputs, an invalid file or request id. Nothing was sent, or the API rejected it.",
    Exit.UNAVAILABLE: "The response of the API or the bucket is not usable, or an extra package is missing.",
    Exit.BUG: "A bug in this tool. The message says where its traceback is, and which job may still run.",
    Exit.SAVING: "A file, the ledger or stdout could not be written or read. Results that are paid for are not lost.",
    Exit.TRY_AGAIN: "A temporary error. Running the same command again is safe: nothing is billed twice.",
    Exit.PENDING: (
        "A job exists, or may exist, and its outcome is not known. Follow the message; do not run a paid command again. "
        "Repeating `batch` is safe: it does not submit such jobs again."
    ),
    Exit.AUTH: (
        "The token is missing or was rejected, the account lacks permission, or its balance is used up. "
        "Correct that, and run the batch again: it continues."
    ),
    Exit.INTERRUPTED: "Ctrl-C. The message says which job may still run.",
    Exit.TERMINATED: "SIGTERM or SIGHUP. The message says which job may still run.",
}

_CODES: Final[Mapping[type[RunComfyError], Exit]] = {
    MissingToken: Exit.AUTH,
    MalformedToken: Exit.AUTH,
    ConfigurationError: Exit.USAGE,
    InvalidInput: Exit.INPUT,
    UploadFailed: Exit.TRY_AGAIN,
    ConnectionFailed: Exit.TRY_AGAIN,
    SubmitUnknown: Exit.PENDING,
    AuthenticationError: Exit.AUTH,
    PermissionDenied: Exit.AUTH,
    InsufficientBalance: Exit.AUTH,
    UnknownModel: Exit.INPUT,
    RequestNotFound: Exit.INPUT,
    InvalidRequest: Exit.INPUT,
    RateLimited: Exit.TRY_AGAIN,
    ServerError: Exit.UNAVAILABLE,
    APIError: Exit.UNAVAILABLE,
    JobFailed: Exit.FAILED,
    JobCancelled: Exit.FAILED,
    WaitTimeout: Exit.TRY_AGAIN,
    DownloadError: Exit.SAVING,
}


def exit_code_for(error: RunComfyError, *, may_have_submitted: bool) -> Exit:
    """Return the exit code for an error.

    Args:
        error: the error that ended the command.
        may_have_submitted: True if the command may have submitted a job, so that running it again may start a second one.
    """
    from runcomfy_client.batch.errors import BatchBusy, BatchError, InvalidJobs, LedgerError

    batch_codes = {InvalidJobs: Exit.INPUT, LedgerError: Exit.SAVING, BatchBusy: Exit.TRY_AGAIN, BatchError: Exit.INPUT}
    codes = {**_CODES, **batch_codes}
    code = next((codes[kind] for kind in type(error).__mro__ if kind in codes), Exit.UNAVAILABLE)
    if isinstance(error, UploadFailed) and error.lasting:
        return Exit.UNAVAILABLE
    job_continues = code in (Exit.TRY_AGAIN, Exit.UNAVAILABLE, Exit.AUTH, Exit.INPUT) and error.request_id is not None
    if not (may_have_submitted and job_continues):
        return code
    # a job that was cancelled has ended; running the same command again would submit another job
    return Exit.FAILED if getattr(error, "cancelled", False) else Exit.PENDING
