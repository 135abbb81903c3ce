"""Waits for a job: polls it at growing intervals, through every outage, until it is final or the timeout expires."""

from __future__ import annotations

import logging
from typing import Any, Literal

from runcomfy_client._core.flows.effects import Flow, Monotonic, Notify, Send, Sleep
from runcomfy_client._core.flows.options import CallOptions
from runcomfy_client._core.protocol.classification import CallFailure, classify_response
from runcomfy_client._core.protocol.parsing import ResultBody, read_result, read_status
from runcomfy_client._core.protocol.urls import request_path
from runcomfy_client.errors import APIError, JobCancelled, JobFailed, RunComfyError, WaitTimeout
from runcomfy_client.status import State, Status

_log = logging.getLogger("runcomfy_client")


class JobState:
    """What is known of one job while it is polled."""

    __slots__ = ("error", "just_submitted", "missing_since", "model_id", "request_id", "started", "state", "warned_states")

    def __init__(self, request_id: str, model_id: str | None, *, started: float | None = None) -> None:
        self.request_id = request_id
        self.model_id = model_id
        self.started = started
        self.just_submitted = started is not None
        self.state: State | None = None
        self.error: Any = None
        self.missing_since: float | None = None
        self.warned_states: set[str] = set()

    def update(self, body: dict[str, Any], now: float) -> Status:
        """Record a response of /status, and return it as a `Status`. Warns once about an unknown status word."""
        started = now if self.started is None else self.started
        status = read_status(body, request_id=self.request_id, elapsed=now - started)
        self.state, self.error = status.state, body.get("error")
        self.warn_unknown_state(status.state, status.word)
        return status

    def status_in_trouble(self, trouble: str, now: float) -> Status:
        """Return the last known status, with why the last poll failed."""
        elapsed = 0.0 if self.started is None else now - self.started
        return Status(self.request_id, self.state or State.UNKNOWN, elapsed=elapsed, trouble=trouble)

    def warn_unknown_state(self, state: State, word: str) -> None:
        """Warn once about an unknown status word. Polling continues."""
        if state is State.UNKNOWN and word not in self.warned_states:
            self.warned_states.add(word)
            _log.warning("job %s has the unknown status %r; waiting on", self.request_id, word)


class PollTimer:
    """The pauses between polls, within `timeout` seconds, which end at `deadline` on the clock."""

    __slots__ = ("deadline", "failure", "first", "look", "now", "retry_after", "timeout", "unreadable")

    def __init__(self, *, timeout: float | None, deadline: float | None, just_submitted: bool) -> None:
        self.timeout = timeout
        self.deadline = deadline
        self.first = True
        self.look = 0 if just_submitted else -1  # a job that is not fresh is looked at without a pause first
        self.retry_after = 0.0
        self.now = 0.0
        self.failure: RunComfyError | None = None
        self.unreadable = 0

    def wait_for_next_poll(self, job: JobState, options: CallOptions) -> Flow[float]:
        """Pause until the next poll is due. Return the seconds that the poll may take.

        Raises:
            WaitTimeout: the timeout has expired. The first poll is always made.
        """
        policy = options.policy
        first, self.first = self.first, False
        pause = max(self.retry_after, policy.poll_pause(self.look) if self.look >= 0 else 0.0)
        spread = 0.0 if self.retry_after else policy.poll_jitter  # what the server asked for is not undercut
        self.look += 1
        self.retry_after = 0.0
        self.now = yield Monotonic()
        if pause:
            yield from self._sleep(pause, spread)
        slot = options.rate_limiter.acquire(self.now)
        try:
            yield from self._sleep(slot - self.now, 0.0)
        except BaseException:  # its caller leaves; those of 1,000 jobs would hold the next ones up for long
            options.rate_limiter.release_unused(slot)
            raise
        if self.deadline is None:
            return options.http_timeout
        if self.now < slot:  # the timeout came before it
            options.rate_limiter.release_unused(slot)
        if self.now >= self.deadline and not first:
            raise WaitTimeout(self.timeout or 0.0, request_id=job.request_id, model_id=job.model_id, last_error=self.failure)
        return min(options.http_timeout, max(self.deadline - self.now, 1.0))

    def time_limit(self, options: CallOptions) -> float | None:
        """Return the seconds after which a poll is abandoned even if it hangs; None without a timeout."""
        return None if self.deadline is None else min(4 * options.http_timeout, max(self.deadline - self.now, 1.0))

    def _sleep(self, seconds: float, spread: float) -> Flow[None]:
        if self.deadline is not None and seconds > self.deadline - self.now:
            seconds, spread = self.deadline - self.now, 0.0
        if seconds > 0:
            yield Sleep(seconds, spread)
            self.now = yield Monotonic()


def poll(job: JobState, call: Literal["status", "result"], options: CallOptions, *, timer: PollTimer) -> Flow[dict[str, Any]]:
    """Poll until a response is usable, and return it. Raises only an error that no retry resolves."""
    path = request_path(job.request_id, call)
    if call == "result" and options.include_cost:
        path += "?include_cost=true"
    while True:
        timeout = yield from timer.wait_for_next_poll(job, options)
        reading = classify_response(
            (yield Send("GET", path, timeout=timeout, total_timeout=timer.time_limit(options))),
            request_id=job.request_id,
            model_id=job.model_id,
        )
        if not isinstance(reading, CallFailure):
            job.missing_since = timer.failure = None
            return reading
        if reading.not_found:
            since = timer.now if job.missing_since is None else job.missing_since
            job.missing_since = since
            transient = timer.now - since < options.policy.not_found_grace
        else:
            transient = reading.transient
        timer.unreadable = timer.unreadable + 1 if reading.unreadable else 0
        if not transient or timer.unreadable >= options.policy.max_attempts:
            raise reading.error
        if timer.failure is None or timer.failure.message != reading.error.message:
            yield Notify(job.status_in_trouble(reading.error.message, timer.now))
        timer.failure = reading.error
        _log.debug("job %s: %s; asking again", job.request_id, reading.error.message)
        timer.retry_after = min(reading.error.retry_after or 0.0, options.policy.retry_after_max)


def poll_until_final(job: JobState, options: CallOptions, *, timer: PollTimer) -> Flow[State]:
    """Poll the job until it is final, notifying each status; return its last state."""
    while True:
        body = yield from poll(job, "status", options, timer=timer)
        if job.started is None:
            job.started = timer.now
        status = job.update(body, timer.now)
        yield Notify(status)
        if status.state.is_final:
            return status.state


def fetch_result(job: JobState, options: CallOptions, *, timer: PollTimer) -> Flow[ResultBody]:
    """Fetch the result of a job that has ended. The result decides whether the job succeeded.

    A status of `completed` is not success, and the result may lag behind it. Source, as of 2026-11-22: RunComfy API documentation
    or the vendor's open-source clients.

    Raises:
        JobFailed, JobCancelled: the result says so.
    """
    while True:
        result = read_result((yield from poll(job, "result", options, timer=timer)))
        match result.state:
            case State.COMPLETED:
                return result
            case State.FAILED:
                raise JobFailed(result.error, request_id=job.request_id, model_id=job.model_id)
            case State.CANCELLED:
                raise JobCancelled("The job was cancelled", request_id=job.request_id, model_id=job.model_id)
            case _:  # it is over by its status, but its result is not there yet
                job.warn_unknown_state(result.state, result.word)


def wait_for_result(job: JobState, options: CallOptions, *, timeout: float | None, deadline: float | None) -> Flow[ResultBody]:
    """Poll until the job is final, and return its result.

    Raises:
        JobFailed, JobCancelled: the job did not succeed.
        WaitTimeout: the timeout expired first.
        APIError: no retry resolves the error: a wrong token, a job of another account, an unknown id.
    """
    state = yield from poll_until_final(
        job, options, timer=PollTimer(timeout=timeout, deadline=deadline, just_submitted=job.just_submitted)
    )
    if state is State.CANCELLED:
        raise JobCancelled("The job was cancelled", request_id=job.request_id, model_id=job.model_id)
    if state is not State.FAILED:
        return (yield from fetch_result(job, options, timer=PollTimer(timeout=timeout, deadline=deadline, just_submitted=False)))
    # the result knows the reason of a failure; but when it will not come, the failure is told without
    now = yield Monotonic()
    grace = now + options.policy.not_found_grace
    timer = PollTimer(timeout=timeout, deadline=grace if deadline is None else min(deadline, grace), just_submitted=False)
    try:
        return (yield from fetch_result(job, options, timer=timer))
    except (APIError, WaitTimeout):
        raise JobFailed(job.error, request_id=job.request_id, model_id=job.model_id) from None
