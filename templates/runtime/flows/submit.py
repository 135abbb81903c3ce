"""Submit a job: once. A submit is sent again only when it is certain that it was not accepted."""

from __future__ import annotations

import logging

from runcomfy_client.flows.effects import Flow, Now, Outside, Send, Sleep, Today
from runcomfy_client.errors import ConnectionFailed, RunComfyError, SubmitUnknown
from runcomfy_client.flows.keeping import LeftBehind, mark
from runcomfy_client.protocol.order import Order
from runcomfy_client.protocol.outcome import Accepted, NotSent, Outcome, Refused, Unknown, outcome_of
from runcomfy_client.flows.terms import Terms

_log = logging.getLogger("runcomfy_client")


def submit(order: Order, terms: Terms, *, until: float | None = None) -> Flow[str]:
    """Submit, and return the request id.

    `until` bounds the waiting between tries, on the clock of `Now`. A call under way is cut `hold` seconds after it at the
    earliest, since its answer holds the id.
    """
    attempt = 0
    while True:
        attempt += 1
        match (yield from _send(order, terms, until)):
            case Accepted(request_id):
                _log.debug("submit to %s accepted as %s", order.model_id, request_id)
                return request_id
            case Refused(error, may_retry=False):
                raise error
            case Refused(error):
                yield from _before_next(attempt, error, terms, until)
            case NotSent(why):
                yield from _before_next(attempt, ConnectionFailed(f"No connection: {why}", model_id=order.model_id), terms, until)


def _send(order: Order, terms: Terms, until: float | None) -> Flow[Outcome]:
    """Make the paid call; whatever leaves its fate open is raised from here, with all that is known."""
    policy = terms.policy
    timeout, limit = terms.timeout, None
    if until is not None:
        left = max(0.0, until - (yield Now())) + policy.hold
        timeout, limit = min(timeout, left), min(4 * timeout, left)
    time = yield Today()

    def unknown(why: str, status: int | None = None) -> SubmitUnknown:
        return SubmitUnknown(why, model_id=order.model_id, time=time, body_sha256=order.body_sha256, http_status=status)

    try:
        told = yield Send("POST", order.path, timeout=timeout, body=order.body, hold=policy.hold, limit=limit)
    except (GeneratorExit, Outside):
        raise
    except BaseException as stop:
        mark(stop, LeftBehind(order.model_id, unknown=unknown("interrupted while waiting for it")))
        raise
    outcome = outcome_of(told, model_id=order.model_id)
    if isinstance(outcome, Unknown):
        raise unknown(outcome.why, outcome.status)
    return outcome


def _before_next(attempt: int, error: RunComfyError, terms: Terms, until: float | None) -> Flow[None]:
    """Wait before the next try, or raise the error of the last one when there is to be none."""
    policy = terms.policy
    now = yield Now()
    asked = error.retry_after
    pause = policy.backoff(attempt) if asked is None else asked
    out_of_time = pause > policy.longest_retry_after or (until is not None and now + pause > until)
    if attempt >= policy.tries or out_of_time or not terms.budget.spend(now):
        raise error
    _log.debug("submit not accepted (%s), next try within %.1f s", error.message, pause)
    yield Sleep(pause, spread=1.0 if asked is None else 0.0)
