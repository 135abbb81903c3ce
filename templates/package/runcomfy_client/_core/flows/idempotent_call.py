"""Calls that are safe to repeat: the status of a job, cancelling it, the balance of the account."""

from __future__ import annotations

from typing import Any

from runcomfy_client._core.flows.effects import Flow, Monotonic, Send, Sleep
from runcomfy_client._core.flows.options import CallOptions
from runcomfy_client._core.flows.polling import JobState
from runcomfy_client._core.protocol.classification import CallFailure, classify_response
from runcomfy_client._core.protocol.parsing import read_balance, read_cancel
from runcomfy_client._core.protocol.urls import BALANCE_PATH, request_path
from runcomfy_client.errors import APIError, RunComfyError, ServerError, UnknownModel
from runcomfy_client.status import Balance, State, Status


def call_with_retries(send: Send, options: CallOptions, *, about: JobState | None) -> Flow[dict[str, Any]]:
    """Make an idempotent call until it succeeds or the attempts are used up; then raise the last error."""
    policy = options.policy
    request_id, model_id = (about.request_id, about.model_id) if about else (None, None)
    attempt = 0
    while True:
        attempt += 1
        reading = classify_response((yield send), request_id=request_id, model_id=model_id)
        if not isinstance(reading, CallFailure):
            return reading
        pause = reading.error.retry_after
        transient = reading.transient or (reading.not_found and about is not None and about.just_submitted)
        if not transient or (pause or 0.0) > policy.retry_after_max or attempt >= policy.max_attempts:
            raise reading.error
        yield Sleep(policy.backoff(attempt), spread=1.0) if pause is None else Sleep(pause)


def ask_balance(options: CallOptions) -> Flow[Balance]:
    """Return the balance of the account."""
    try:
        body = yield from call_with_retries(
            Send("GET", BALANCE_PATH, timeout=options.http_timeout, total_timeout=4 * options.http_timeout, account=True),
            options,
            about=None,
        )
    except UnknownModel as error:
        raise APIError(
            f"There is no balance to be had here: {error.message}",
            next_step="Look at the balance in your RunComfy account.",
            http_status=error.http_status,
            code=error.code,
        ) from None
    balance = read_balance(body)
    if balance is None:
        raise ServerError("The API could not be understood: its answer holds no balance")
    return balance


def ask_status(job: JobState, options: CallOptions) -> Flow[Status]:
    """Return the current status of the job."""
    body = yield from call_with_retries(
        Send("GET", request_path(job.request_id, "status"), timeout=options.http_timeout), options, about=job
    )
    now = yield Monotonic()
    return job.update(body, now, options.durations)


def cancel(job: JobState, options: CallOptions) -> Flow[bool]:
    """Cancel the job, and return whether it is cancelled. Only a queued job can be cancelled.

    Repeating the call is safe. But when the first response was lost, the second may say that there is nothing to cancel any more,
    so a refusal is checked against the status. Source of the queued-only rule, as of 2026-11-22: RunComfy API documentation or the
    vendor's open-source clients.
    """
    body = yield from call_with_retries(
        Send("POST", request_path(job.request_id, "cancel"), timeout=options.http_timeout, total_timeout=4 * options.http_timeout),
        options,
        about=job,
    )
    if read_cancel(body):
        return True
    try:
        return (yield from ask_status(job, options)).state is State.CANCELLED
    except RunComfyError:
        return False
