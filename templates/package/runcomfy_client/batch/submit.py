"""One submit of a batch. The intent is already on the disk; the outcome is written as soon as it is known."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
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
from runcomfy_client.interrupts import orphaned_job
from runcomfy_client.job import AsyncJob
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


async def submit(client: AsyncRunComfy, ledger: Ledger, row: Row, links: Mapping[Place, str]) -> AsyncJob[Any] | None:
    """Submit a row whose intent is committed; return its job, or None when this one job was refused. `links` replace local files.

    Raises:
        StopSubmitting: it was not accepted, or may not have been, and the reason is not in the job.
        LedgerError: the outcome could not be written; it carries the id of an accepted job.
    """
    request = RawRequest(model=row.model, inputs=json.loads(row.body))
    if PreparedRequest.of(request).body_sha256 != row.body_sha256:
        raise LedgerError(f"The inputs of {row.key!r} are not those that were planned")
    try:
        body = PreparedRequest.of_payload(request, with_values(request.inputs, links), identity=row.body_sha256)
        job = await client._submit(body, MediaOutput)
    except SubmitUnknown as error:
        ledger.transition(row.key, Stage.SUBMITTING, Stage.UNKNOWN, detail=error.message)
        raise StopSubmitting(error.message, immediate=False) from None
    except (AuthenticationError, InsufficientBalance, ConfigurationError) as error:
        raise _requeue(ledger, row, error, immediate=True) from None
    except PermissionDenied as error:  # it may be about this model alone; but if it is not, the whole list would be refused
        ledger.transition(row.key, Stage.SUBMITTING, Stage.REFUSED, detail=_error_text(error))
        raise StopSubmitting(error.message, immediate=False, account_problem=True) from None
    except (ConnectionFailed, GatewayError, RateLimited) as error:
        raise _requeue(ledger, row, error, immediate=False) from None
    except APIError as error:
        ledger.transition(row.key, Stage.SUBMITTING, Stage.REFUSED, detail=_error_text(error))
        return None
    except BatchStopped:
        ledger.transition(row.key, Stage.SUBMITTING, Stage.PLANNED, detail="stopped before it was sent again")
        return None
    except BaseException as stop:
        _record_interrupt(ledger, row, stop)
        raise
    _accept(ledger, row, job.request_id)
    return job


def _accept(ledger: Ledger, row: Row, request_id: str) -> None:
    try:
        ledger.transition(row.key, Stage.SUBMITTING, Stage.SUBMITTED, request_id=request_id)
    except LedgerError as error:
        raise LedgerError(error.message, orphans=[(row.key, request_id)]) from None


def _requeue(ledger: Ledger, row: Row, error: RunComfyError, *, immediate: bool) -> StopSubmitting:
    """Put the row back to `planned`: no job was started, and the cause is not the row."""
    ledger.transition(row.key, Stage.SUBMITTING, Stage.PLANNED, detail=_error_text(error))
    return StopSubmitting(error.message, immediate=immediate, account_problem=immediate)


def _record_interrupt(ledger: Ledger, row: Row, stop: BaseException) -> None:
    """Record what is known of a submit that was interrupted before its response arrived."""
    left = orphaned_job(stop)
    if left is not None and left.request_id is not None:
        _accept(ledger, row, left.request_id)
        if left.cancelled:
            ledger.transition(row.key, Stage.SUBMITTED, Stage.CANCELLED, detail="cancelled when the batch was stopped")
        return
    if left is None:  # it waited for its turn, or for another try: nothing was under way
        ledger.transition(row.key, Stage.SUBMITTING, Stage.PLANNED, detail="stopped before it was sent")
        return
    why = "interrupted while its submit was under way" if isinstance(stop, asyncio.CancelledError) else f"{type(stop).__name__}"
    ledger.transition(row.key, Stage.SUBMITTING, Stage.UNKNOWN, detail=f"The job may exist: {why}")


def _error_text(error: RunComfyError) -> str:
    extra = ", ".join(f"{name} {value}" for name, value in (("HTTP", error.http_status), ("code", error.code)) if value is not None)
    return f"{error.message} ({extra})" if extra else error.message
