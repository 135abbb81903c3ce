"""Runs a request from submit to result. If the caller is interrupted, its job is cancelled while it is queued."""

from __future__ import annotations

from typing import TypeVar

from runcomfy_client._core.flows.effects import Flow, Monotonic, Notify, Send
from runcomfy_client._core.flows.interrupts import annotate_interrupts, attach_jobs
from runcomfy_client._core.flows.options import CallOptions, check_timeout, deadline_after
from runcomfy_client._core.flows.polling import JobState, PollTimer, poll_until_final, wait_for_result
from runcomfy_client._core.flows.submit import submit
from runcomfy_client._core.flows.upload_inputs import Submittable, with_links
from runcomfy_client._core.protocol.classification import CallFailure, classify_response
from runcomfy_client._core.protocol.parsing import ResultBody, read_cancel
from runcomfy_client._core.protocol.urls import request_path
from runcomfy_client.errors import RunComfyError, WaitTimeout
from runcomfy_client.orphans import OrphanedJob
from runcomfy_client.status import State, Status

T = TypeVar("T")


def submit_job(request: Submittable, options: CallOptions) -> Flow[JobState]:
    """Upload the local files of a job, submit it, and return its state."""
    prepared = yield from with_links(request)
    job = JobState((yield from submit(prepared, options)), prepared.model_id)
    yield from _cancel_on_interrupt(_record_submit(job), job, options)
    return job


def run(request: Submittable, options: CallOptions, *, timeout: float | None) -> Flow[tuple[JobState, ResultBody]]:
    """Upload the local files of a job, submit it, wait for it, and return it with its result; all within `timeout` seconds."""
    check_timeout(timeout, paid=True)
    deadline = yield from deadline_after(timeout)
    prepared = yield from with_links(request, deadline)
    job = JobState((yield from submit(prepared, options, deadline=deadline)), prepared.model_id)
    return job, (yield from _cancel_on_interrupt(_record_submit_and_wait(job, options, timeout, deadline), job, options))


def resume(job: JobState, options: CallOptions, *, timeout: float | None) -> Flow[ResultBody]:
    """Wait for a job that the caller already knows, and return its result. An interrupt does not affect the job."""
    with annotate_interrupts(job.request_id, job.model_id):
        deadline = yield from deadline_after(timeout)
        return (yield from wait_for_result(job, options, timeout=timeout, deadline=deadline))


def iter_statuses(job: JobState, options: CallOptions, *, timeout: float | None) -> Flow[None]:
    """Notify each status of a job that the caller already knows, until the job is final."""
    with annotate_interrupts(job.request_id, job.model_id):
        deadline = yield from deadline_after(timeout)
        yield from poll_until_final(job, options, timer=PollTimer(timeout=timeout, deadline=deadline))


def _record_submit(job: JobState) -> Flow[None]:
    # the first effect after a submit: an interrupt that was delayed until the response arrived is raised here
    job.begin((yield Monotonic()))


def _record_submit_and_wait(job: JobState, options: CallOptions, timeout: float | None, deadline: float | None) -> Flow[ResultBody]:
    yield from _record_submit(job)
    yield Notify(Status(job.request_id, State.QUEUED, word="submitted"))
    return (yield from wait_for_result(job, options, timeout=timeout, deadline=deadline))


def _cancel_on_interrupt(flow: Flow[T], job: JobState, options: CallOptions) -> Flow[T]:
    """Run `flow`. If it is interrupted, cancel the job if it is still queued, and attach its id to the exception."""
    try:
        return (yield from flow)
    except GeneratorExit:
        raise
    except WaitTimeout as error:
        cancelled = yield from _cancel_job(job, options)
        raise WaitTimeout(
            error.timeout, request_id=job.request_id, model_id=job.model_id, cancelled=cancelled, last_error=error.last_error
        ) from None
    except RunComfyError:
        raise
    except BaseException as stop:
        cancelled = yield from _cancel_job(job, options)
        attach_jobs(stop, OrphanedJob(job.model_id, job.request_id, cancelled=cancelled))
        raise


def _cancel_job(job: JobState, options: CallOptions) -> Flow[bool]:
    """Cancel a job that is not known to run: one attempt, a short timeout, and no error if it fails."""
    if not options.cancel_queued or job.state not in (None, State.QUEUED):
        return False
    seconds = options.policy.cancel_timeout
    with annotate_interrupts(job.request_id, job.model_id):  # a second Ctrl-C is raised here
        response = yield Send("POST", request_path(job.request_id, "cancel"), timeout=seconds, total_timeout=seconds)
    result = classify_response(response, request_id=job.request_id, model_id=job.model_id)
    return not isinstance(result, CallFailure) and read_cancel(result)
