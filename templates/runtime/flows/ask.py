"""One question, asked a few times at most: the status of a job, to cancel it, or what is left on the account."""

from __future__ import annotations

from typing import Any

from runcomfy_client.protocol.answers import Balance, State, Status, read_balance, read_cancel
from runcomfy_client.flows.effects import Flow, Now, Send, Sleep
from runcomfy_client.errors import APIError, RunComfyError, ServerError, UnknownModel
from runcomfy_client.protocol.origin import BALANCE_PATH, request_path
from runcomfy_client.protocol.readings import Trouble, reading_of
from runcomfy_client.flows.terms import Terms
from runcomfy_client.flows.wait import Watch


def ask(send: Send, terms: Terms, *, about: Watch | None) -> Flow[dict[str, Any]]:
    """Make a call that is safe to make again, until it is answered or the tries are used up; then the last error is raised."""
    policy = terms.policy
    request_id, model_id = (about.request_id, about.model_id) if about else (None, None)
    attempt = 0
    while True:
        attempt += 1
        reading = reading_of((yield send), request_id=request_id, model_id=model_id)
        if not isinstance(reading, Trouble):
            return reading
        pause = reading.error.retry_after
        passing = reading.passing or (reading.missing and about is not None and about.fresh)
        if not passing or (pause or 0.0) > policy.longest_retry_after or attempt >= policy.tries:
            raise reading.error
        yield Sleep(policy.backoff(attempt), spread=1.0) if pause is None else Sleep(pause)


def ask_balance(terms: Terms) -> Flow[Balance]:
    """Return what is left on the account."""
    try:
        body = yield from ask(
            Send("GET", BALANCE_PATH, timeout=terms.timeout, limit=4 * terms.timeout, account=True), terms, about=None
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


def ask_status(job: Watch, terms: Terms) -> Flow[Status]:
    """Return the job's status as it is now."""
    body = yield from ask(Send("GET", request_path(job.request_id, "status"), timeout=terms.timeout), terms, about=job)
    now = yield Now()
    if job.started is None:
        job.started = now
    return job.see(body, now)


def cancel(job: Watch, terms: Terms) -> Flow[bool]:
    """Cancel the job, and return whether it is cancelled: only a queued job can be.

    Asking twice does no harm; but when the first answer was lost, the second may say that there is nothing to cancel any more.
    So a refusal is checked against the status.
    """
    body = yield from ask(
        Send("POST", request_path(job.request_id, "cancel"), timeout=terms.timeout, limit=4 * terms.timeout), terms, about=job
    )
    if read_cancel(body):
        return True
    try:
        return (yield from ask_status(job, terms)).state is State.CANCELLED
    except RunComfyError:
        return False
