"""From a request to a result in one go, and what is done for the job when its caller leaves early."""

from __future__ import annotations

from typing import TypeVar

from runcomfy_client.protocol.answers import ResultBody, State, Status, read_cancel
from runcomfy_client.flows.effects import Flow, Notify, Now, Send
from runcomfy_client.errors import RunComfyError, WaitTimeout
from runcomfy_client.flows.keeping import LeftBehind, keeping, mark
from runcomfy_client.protocol.order import Order
from runcomfy_client.protocol.origin import request_path
from runcomfy_client.protocol.readings import Trouble, reading_of
from runcomfy_client.flows.submit import submit
from runcomfy_client.flows.terms import Terms, check_deadline, end_of
from runcomfy_client.flows.wait import Patience, Watch, wait, watch

T = TypeVar("T")


def start(order: Order, terms: Terms) -> Flow[Watch]:
    """Submit a job, and hand it to its caller."""
    job = Watch((yield from submit(order, terms)), order.model_id)
    yield from _owned(_begin(job), job, terms)
    return job


def run(order: Order, terms: Terms, *, deadline: float | None) -> Flow[tuple[Watch, ResultBody]]:
    """Submit a job, wait for it, and return it with its result; all within `deadline` seconds."""
    check_deadline(deadline, paid=True)
    until = yield from end_of(deadline)
    job = Watch((yield from submit(order, terms, until=until)), order.model_id)
    return job, (yield from _owned(_begin_and_wait(job, terms, deadline, until), job, terms))


def resume(job: Watch, terms: Terms, *, deadline: float | None) -> Flow[ResultBody]:
    """Wait for a job that its caller holds, and return its result. Leaving early touches nothing."""
    with keeping(job.request_id, job.model_id):
        until = yield from end_of(deadline)
        return (yield from wait(job, terms, deadline=deadline, until=until))


def follow(job: Watch, terms: Terms, *, deadline: float | None) -> Flow[None]:
    """Watch a job that its caller holds until it is over, however it ends."""
    with keeping(job.request_id, job.model_id):
        until = yield from end_of(deadline)
        yield from watch(job, terms, patience=Patience(deadline=deadline, until=until, fresh=job.fresh))


def _begin(job: Watch) -> Flow[None]:
    # the first effect after a submit: here an interrupt that waited for its answer comes in
    job.started, job.fresh = (yield Now()), True


def _begin_and_wait(job: Watch, terms: Terms, deadline: float | None, until: float | None) -> Flow[ResultBody]:
    yield from _begin(job)
    yield Notify(Status(job.request_id, State.QUEUED, word="submitted"))
    return (yield from wait(job, terms, deadline=deadline, until=until))


def _owned(flow: Flow[T], job: Watch, terms: Terms) -> Flow[T]:
    """Run a flow on a job that nobody else knows of: when it is left early, the job is cancelled if it still can be, and told of."""
    try:
        return (yield from flow)
    except GeneratorExit:
        raise
    except WaitTimeout as error:
        cancelled = yield from _part_from(job, terms)
        raise WaitTimeout(error.deadline, request_id=job.request_id, model_id=job.model_id, cancelled=cancelled) from None
    except RunComfyError:
        raise
    except BaseException as stop:
        cancelled = yield from _part_from(job, terms)
        mark(stop, LeftBehind(job.model_id, job.request_id, cancelled=cancelled))
        raise


def _part_from(job: Watch, terms: Terms) -> Flow[bool]:
    """Cancel a job that is not known to run, once and in a hurry; whatever comes of it, it is no error."""
    if not terms.cancel_queued or job.state not in (None, State.QUEUED):
        return False
    seconds = terms.policy.parting
    with keeping(job.request_id, job.model_id):  # a second Ctrl-C lands here
        told = yield Send("POST", request_path(job.request_id, "cancel"), timeout=seconds, limit=seconds)
    reading = reading_of(told, request_id=job.request_id, model_id=job.model_id)
    return not isinstance(reading, Trouble) and read_cancel(reading)
