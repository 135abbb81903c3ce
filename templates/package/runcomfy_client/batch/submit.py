"""One submit of a batch. The intent is already on the disk; the outcome is written as soon as it is known."""

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

    `immediate`: the next submit is certain to fail too. `account_problem`: the cause is the account, not the network.
    """

    def __init__(self, why: str, *, immediate: bool, account_problem: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.immediate = immediate
        self.account_problem = account_problem


@dataclass(frozen=True, slots=True)
class SubmitResult:
    """What became of a submit, as it is to be written down.

    Attributes:
        stage: where the row goes: `submitted`, `planned` (it is certain that nothing was accepted), `refused` or `unknown`.
        detail: why, for people.
        request_id: the id of the accepted job.
        job: the job, when it is to be followed.
        stop: that the reason may also affect the next submit.
        cancelled: whether the job was cancelled at once, for the submit was interrupted.
        raised: an interrupt to raise again, once the outcome is written down.
        error: the error of a submit that was not accepted, when the reason is not in the job.
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
    """Submit a row whose intent is committed; return its job, or None when this one job was refused. `links` replace local files.

    Raises:
        StopSubmitting: it was not accepted, or may not have been, and the reason is not in the job.
        LedgerError: the outcome could not be written; it carries the id of an accepted job.
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
    """Submit a row whose intent is committed; return what became of it. The only place from which a batch pays.

    Raises:
        LedgerError: the inputs are not those that were planned; nothing was sent.
    """
    request = RawRequest(model=row.model, inputs=json.loads(row.body))
    if PreparedRequest.of(request).body_sha256 != row.body_sha256:
        raise LedgerError(f"The inputs of {row.key!r} are not those that were planned")
    try:
        body = PreparedRequest.of_payload(request, with_values(request.inputs, links), identity=row.body_sha256)
        job = await client._submit(body, MediaOutput)
    except SubmitUnknown as error:
        return SubmitResult(Stage.UNKNOWN, error.message, stop=StopSubmitting(error.message, immediate=False))
    except (AuthenticationError, InsufficientBalance, ConfigurationError) as error:
        stop = StopSubmitting(error.message, immediate=True, account_problem=True)
        return SubmitResult(Stage.PLANNED, _error_text(error), stop=stop, error=error)
    except PermissionDenied as error:  # it may be about this model alone; but if it is not, the whole list would be refused
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
    left = orphaned_job(stop)
    if left is not None and left.request_id is not None:
        return SubmitResult(Stage.SUBMITTED, request_id=left.request_id, cancelled=left.cancelled, raised=stop)
    if left is None:  # it waited for its turn, or for another try: nothing was under way
        return SubmitResult(Stage.PLANNED, "stopped before it was sent", raised=stop)
    why = "interrupted while its submit was under way" if isinstance(stop, asyncio.CancelledError) else f"{type(stop).__name__}"
    return SubmitResult(Stage.UNKNOWN, f"The job may exist: {why}", raised=stop)


def _error_text(error: RunComfyError) -> str:
    extra = ", ".join(f"{name} {value}" for name, value in (("HTTP", error.http_status), ("code", error.code)) if value is not None)
    return f"{error.message} ({extra})" if extra else error.message
