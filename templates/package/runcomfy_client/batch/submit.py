"""One submit of a batch. The intent is on the disk before it; the outcome is written as soon as it is known."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch.cancellation import BatchStopped
from runcomfy_client.batch.errors import LedgerError
from runcomfy_client.batch.ledger import Ledger
from runcomfy_client.batch.records import Row
from runcomfy_client.batch.states import Stage
from runcomfy_client.errors import (
    APIError,
    AuthenticationError,
    ConfigurationError,
    ConnectionFailed,
    GatewayError,
    InsufficientBalance,
    PermissionDenied,
    RateLimited,
    RunComfyError,
    SubmitUnknown,
)
from runcomfy_client.files.uploads import with_values
from runcomfy_client.job import AsyncJob
from runcomfy_client.orphans import orphaned_job
from runcomfy_client.requests import RawRequest
from runcomfy_client.schema.media_fields import Place
from runcomfy_client.schema.outputs import MediaOutput


class StopSubmitting(Exception):
    """A submit was not accepted, for a reason that may also affect the next one.

    Attributes:
        reason: why it was not accepted.
        immediate: True if the next submit would certainly fail, too.
        account_problem: True if the account is the cause, not the network.
    """

    def __init__(self, reason: str, *, immediate: bool, account_problem: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.immediate = immediate
        self.account_problem = account_problem


@dataclass(frozen=True, slots=True)
class SubmitResult:
    """The outcome of a submit, for the ledger.

    Attributes:
        stage: the new stage: `submitted`, `planned` (it is certain that nothing was accepted), `refused` or `unknown`.
        detail: the reason, as text.
        request_id: the id of the accepted job.
        job: the job to wait for; None if there is none.
        stop: set if the reason may also affect the next submit.
        cancelled: True if the job was cancelled because the submit was interrupted.
        raised: an interrupt to raise again after the outcome is written.
        error: the error of a submit that was not accepted, if the job is not the cause.
    """

    stage: Stage
    detail: str | None = None
    request_id: str | None = None
    job: AsyncJob[Any] | None = None
    stop: StopSubmitting | None = None
    cancelled: bool = False
    raised: BaseException | None = None
    error: RunComfyError | None = None


async def submit(client: AsyncRunComfy, ledger: Ledger, row: Row, links: Mapping[Place, str]) -> AsyncJob[Any] | None:
    """Submit a row whose intent is committed; return its job, or None if the job was refused. `links` replace local files.

    Raises:
        StopSubmitting: it was not accepted, or may not have been, and the job is not the cause.
        LedgerError: the outcome could not be written; `orphans` has the id of an accepted job.
    """
    outcome = await send(client, row, links)
    try:
        ledger.transition(row.key, Stage.SUBMITTING, outcome.stage, request_id=outcome.request_id, detail=outcome.detail)
        if outcome.cancelled:
            ledger.transition(row.key, Stage.SUBMITTED, Stage.CANCELLED, detail="cancelled when the batch was stopped")
    except LedgerError as error:
        if outcome.request_id is None:
            raise
        raise LedgerError(error.message, orphans=[(row.key, outcome.request_id)]) from None
    if outcome.raised is not None:
        raise outcome.raised
    if outcome.stop is not None:
        raise outcome.stop
    return outcome.job


async def send(client: AsyncRunComfy, row: Row, links: Mapping[Place, str]) -> SubmitResult:
    """Submit a row whose intent is committed; return the outcome. This is the only paid call of a batch.

    Raises:
        LedgerError: the inputs in the ledger have changed since they were planned; nothing was sent.
    """
    request = RawRequest(model=row.model, inputs=json.loads(row.body))
    if PreparedRequest.of(request).body_sha256 != row.body_sha256:
        raise LedgerError(f"The inputs of {row.key!r} in the ledger have changed since they were planned")
    try:
        body = PreparedRequest.of_payload(request, with_values(request.inputs, links), identity=row.body_sha256)
        job = await client._submit(body, MediaOutput)
    except SubmitUnknown as error:
        return SubmitResult(Stage.UNKNOWN, error.message, stop=StopSubmitting(error.message, immediate=False))
    except (AuthenticationError, InsufficientBalance, ConfigurationError) as error:
        stop = StopSubmitting(error.message, immediate=True, account_problem=True)
        return SubmitResult(Stage.PLANNED, _error_text(error), stop=stop, error=error)
    except PermissionDenied as error:  # it may affect only this model, but if it does not, all jobs would be refused
        stop = StopSubmitting(error.message, immediate=False, account_problem=True)
        return SubmitResult(Stage.REFUSED, _error_text(error), stop=stop)
    except (ConnectionFailed, GatewayError, RateLimited) as error:
        return SubmitResult(Stage.PLANNED, _error_text(error), stop=StopSubmitting(error.message, immediate=False), error=error)
    except APIError as error:
        return SubmitResult(Stage.REFUSED, _error_text(error))
    except BatchStopped:
        return SubmitResult(Stage.PLANNED, "stopped before it was sent again")
    except BaseException as stop:
        return _interrupted(stop)
    return SubmitResult(Stage.SUBMITTED, request_id=job.request_id, job=job)


def _interrupted(stop: BaseException) -> SubmitResult:
    """Return what is known of a submit that was interrupted before its response arrived."""
    orphan = orphaned_job(stop)
    if orphan is not None and orphan.request_id is not None:
        return SubmitResult(Stage.SUBMITTED, request_id=orphan.request_id, cancelled=orphan.cancelled, raised=stop)
    if orphan is None:  # interrupted before or between attempts: no submit was in flight
        return SubmitResult(Stage.PLANNED, "stopped before it was sent", raised=stop)
    reason = "interrupted during its submit" if isinstance(stop, asyncio.CancelledError) else f"{type(stop).__name__}"
    return SubmitResult(Stage.UNKNOWN, f"The job may exist: {reason}", raised=stop)


def _error_text(error: RunComfyError) -> str:
    extra = ", ".join(f"{name} {value}" for name, value in (("HTTP", error.http_status), ("code", error.code)) if value is not None)
    return f"{error.message} ({extra})" if extra else error.message
