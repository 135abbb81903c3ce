"""From a request to a result in one go, and what is done for the job when its caller leaves early."""

from __future__ import annotations

from typing import TypeVar

from runcomfy_client._core.protocol.parsing import ResultBody, read_cancel
from runcomfy_client.status import State, Status
from runcomfy_client._core.flows.effects import Flow, Notify, Monotonic, Send
from runcomfy_client.errors import RunComfyError, WaitTimeout
from runcomfy_client.interrupts import OrphanedJob
from runcomfy_client._core.flows.interrupts import annotate_interrupts, attach_jobs
from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client._core.protocol.urls import request_path
from runcomfy_client._core.protocol.classification import CallFailure, classify_response
from runcomfy_client._core.flows.submit import submit
from runcomfy_client._core.flows.options import CallOptions, check_timeout, deadline_after
from runcomfy_client._core.flows.polling import PollTimer, JobState, wait, watch

T = TypeVar("T")


def start(order: PreparedRequest, options: CallOptions) -> Flow[JobState]:
    """Submit a job, and hand it to its caller."""
    job = JobState((yield from submit(order, options)), order.model_id)
    yield from _cancel_on_interrupt(_begin(job), job, options)
    return job


def run(order: PreparedRequest, options: CallOptions, *, timeout: float | None) -> Flow[tuple[JobState, ResultBody]]:
    """Submit a job, wait for it, and return it with its result; all within `timeout` seconds."""
    check_timeout(timeout, paid=True)
    until = yield from deadline_after(timeout)
    job = JobState((yield from submit(order, options, until=until)), order.model_id)
    return job, (yield from _cancel_on_interrupt(_begin_and_wait(job, options, timeout, until), job, options))


def resume(job: JobState, options: CallOptions, *, timeout: float | None) -> Flow[ResultBody]:
    """Wait for a job that its caller holds, and return its result. Leaving early touches nothing."""
    with annotate_interrupts(job.request_id, job.model_id):
        until = yield from deadline_after(timeout)
        return (yield from wait(job, options, timeout=timeout, until=until))


def follow(job: JobState, options: CallOptions, *, timeout: float | None) -> Flow[None]:
    """Watch a job that its caller holds until it is over, however it ends."""
    with annotate_interrupts(job.request_id, job.model_id):
        until = yield from deadline_after(timeout)
        yield from watch(job, options, patience=PollTimer(timeout=timeout, until=until, fresh=job.fresh))


def _begin(job: JobState) -> Flow[None]:
    # the first effect after a submit: here an interrupt that waited for its answer comes in
    job.started, job.fresh = (yield Monotonic()), True


def _begin_and_wait(job: JobState, options: CallOptions, timeout: float | None, until: float | None) -> Flow[ResultBody]:
    yield from _begin(job)
    yield Notify(Status(job.request_id, State.QUEUED, word="submitted"))
    return (yield from wait(job, options, timeout=timeout, until=until))


def _cancel_on_interrupt(flow: Flow[T], job: JobState, options: CallOptions) -> Flow[T]:
    """Run a flow on a job that nobody else knows of: when it is left early, the job is cancelled if it still can be, and told of."""
    try:
        return (yield from flow)
    except GeneratorExit:
        raise
    except WaitTimeout as error:
        cancelled = yield from _cancel_job(job, options)
        raise WaitTimeout(error.timeout, request_id=job.request_id, model_id=job.model_id, cancelled=cancelled) from None
    except RunComfyError:
        raise
    except BaseException as stop:
        cancelled = yield from _cancel_job(job, options)
        attach_jobs(stop, OrphanedJob(job.model_id, job.request_id, cancelled=cancelled))
        raise


def _cancel_job(job: JobState, options: CallOptions) -> Flow[bool]:
    """Cancel a job that is not known to run, once and in a hurry; whatever comes of it, it is no error."""
    if not options.cancel_queued or job.state not in (None, State.QUEUED):
        return False
    seconds = options.policy.cancel_timeout
    with annotate_interrupts(job.request_id, job.model_id):  # a second Ctrl-C lands here
        told = yield Send("POST", request_path(job.request_id, "cancel"), timeout=seconds, total_timeout=seconds)
    reading = classify_response(told, request_id=job.request_id, model_id=job.model_id)
    return not isinstance(reading, CallFailure) and read_cancel(reading)
