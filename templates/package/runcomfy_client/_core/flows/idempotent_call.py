"""Calls that are safe to repeat: fetching the status of a job, cancelling it, fetching the balance of the account."""

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
    """Make an idempotent call, with retries; return the body of the response. Raise the last error when no attempt is left."""
    policy = options.policy
    request_id, model_id = (about.request_id, about.model_id) if about else (None, None)
    attempt = 0
    while True:
        attempt += 1
        result = classify_response((yield send), request_id=request_id, model_id=model_id)
        if not isinstance(result, CallFailure):
            return result
        pause = result.error.retry_after
        transient = result.transient or (result.not_found and about is not None and about.just_submitted)
        if not transient or (pause or 0.0) > policy.retry_after_max or attempt >= policy.max_attempts:
            raise result.error
        yield Sleep(policy.backoff(attempt), spread=1.0) if pause is None else Sleep(pause)


def fetch_balance(options: CallOptions) -> Flow[Balance]:
    """Fetch the balance of the account."""
    try:
        body = yield from call_with_retries(
            Send("GET", BALANCE_PATH, timeout=options.http_timeout, total_timeout=4 * options.http_timeout, account=True),
            options,
            about=None,
        )
    except UnknownModel as error:
        raise APIError(
            f"This server does not report a balance: {error.message}",
            next_step="Check the balance in your RunComfy account.",
            http_status=error.http_status,
            code=error.code,
        ) from None
    balance = read_balance(body)
    if balance is None:
        raise ServerError("The API sent an unreadable response: it has no balance")
    return balance


def fetch_status(job: JobState, options: CallOptions) -> Flow[Status]:
    """Fetch the current status of the job."""
    body = yield from call_with_retries(
        Send("GET", request_path(job.request_id, "status"), timeout=options.http_timeout), options, about=job
    )
    now = yield Monotonic()
    return job.update(body, now, options.durations)


def cancel(job: JobState, options: CallOptions) -> Flow[bool]:
    """Cancel the job, and return whether it is cancelled. Only a queued job can be cancelled.

    Repeating the call is safe. If the first response was lost, the second may say that the job cannot be cancelled, although the
    first call cancelled it; therefore the status is checked after a refusal.

    Source of the queued-only rule, as of 2026-11-22: RunComfy API documentation or the vendor's open-source clients.
    """
    body = yield from call_with_retries(
        Send("POST", request_path(job.request_id, "cancel"), timeout=options.http_timeout, total_timeout=4 * options.http_timeout),
        options,
        about=job,
    )
    if read_cancel(body):
        return True
    try:
        return (yield from fetch_status(job, options)).state is State.CANCELLED
    except RunComfyError:
        return False
