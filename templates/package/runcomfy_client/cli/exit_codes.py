"""Exit codes: those of sysexits.h, with one promise on top. Only after 75 is it safe to run the very same command again blindly."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from runcomfy_client.batch import BatchBusy, BatchError, InvalidJobs, LedgerError
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
    """What the tool's exit codes mean."""

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
    Exit.FAILED: "The job failed or was cancelled; in a batch, some of its jobs did.",
    Exit.USAGE: "Wrong usage: an unknown command, option or model.",
    Exit.INPUT: "Wrong input: inputs, a file or a request id. Nothing was sent, or it was refused.",
    Exit.UNAVAILABLE: "The API or the bucket gave no usable answer, or an extra package is missing.",
    Exit.BUG: "A bug in this tool. The message says where its traceback is, and which job may still run.",
    Exit.SAVING: "A file, the ledger or stdout could not be written or read. What was paid for is not lost.",
    Exit.TRY_AGAIN: "Not now. Running the same command again is safe: nothing is paid twice.",
    Exit.PENDING: (
        "A job exists, or may exist, and its outcome is not known. Follow the message; do not run a paid command again. "
        "Repeating `batch` is safe: it does not submit such jobs again."
    ),
    Exit.AUTH: (
        "The token is missing or refused, the account may not do that, or its balance is used up. "
        "A batch goes on once that is settled."
    ),
    Exit.INTERRUPTED: "Ctrl-C. The message says which job may still run.",
    Exit.TERMINATED: "SIGTERM or SIGHUP. The message says which job may still run.",
}

_CODES: Final[Mapping[type[RunComfyError], Exit]] = {
    InvalidJobs: Exit.INPUT,
    LedgerError: Exit.SAVING,
    BatchBusy: Exit.TRY_AGAIN,
    BatchError: Exit.INPUT,
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

    `may_have_submitted`: the command may have submitted a job, so running it again would pay again.
    """
    code = next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), Exit.UNAVAILABLE)
    if isinstance(error, UploadFailed) and error.lasting:
        return Exit.UNAVAILABLE
    job_continues = code in (Exit.TRY_AGAIN, Exit.UNAVAILABLE, Exit.AUTH, Exit.INPUT) and error.request_id is not None
    if not (may_have_submitted and job_continues):
        return code
    # one that was cancelled on the way out is over; running the same again would submit another
    return Exit.FAILED if getattr(error, "cancelled", False) else Exit.PENDING
