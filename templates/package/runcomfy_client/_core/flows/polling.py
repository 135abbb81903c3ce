"""Waits for a job: polls it until it is final or the timeout expires. The intervals depend on the age of the job; outages are
tolerated.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, Literal

from runcomfy_client._core.flows.durations import Durations
from runcomfy_client._core.flows.effects import Flow, Monotonic, Notify, Send, Sleep
from runcomfy_client._core.flows.options import CallOptions
from runcomfy_client._core.protocol.classification import CallFailure, classify_response
from runcomfy_client._core.protocol.parsing import ResultBody, read_result, read_status
from runcomfy_client._core.protocol.urls import request_path
from runcomfy_client.errors import APIError, JobCancelled, JobFailed, RateLimited, RunComfyError, WaitTimeout
from runcomfy_client.status import State, Status

_log = logging.getLogger("runcomfy_client")


class JobState:
    """The known state of one job while it is polled."""

    __slots__ = (
        "changed_at",
        "error",
        "just_submitted",
        "missing_since",
        "model_id",
        "polled_at",
        "position",
        "request_id",
        "started",
        "state",
        "state_since",
        "warned_states",
    )

    def __init__(self, request_id: str, model_id: str | None, *, started: float | None = None) -> None:
        self.request_id = request_id
        self.model_id = model_id
        self.just_submitted = False
        self.state: State | None = None
        self.error: Any = None
        self.missing_since: float | None = None
        self.warned_states: set[str] = set()
        self.started: float | None = None
        self.polled_at: float | None = None
        """When the job was last polled or, before the first poll, submitted."""
        self.state_since: tuple[float, float] | None = None
        """The times of the two polls between which the present state began. None if it began before the first poll."""
        self.changed_at = 0.0
        """When the state or the queue position last changed, as far as the polls show."""
        self.position: int | None = None
        if started is not None:
            self.begin(started)

    def begin(self, now: float) -> None:
        """Record that the job was submitted at `now`, on the clock of `Monotonic`. Its first state began then."""
        self.just_submitted = True
        self.started = self.polled_at = self.changed_at = now
        self.state_since = (now, now)

    def resume(self, model_id: str, since: float, *, is_running: bool) -> None:
        """Record what another process knew: the job has been queued or running since `since`, on the clock of `Monotonic`."""
        self.model_id, self.started, self.changed_at, self.state_since = model_id, since, since, (since, since)
        self.state = State.RUNNING if is_running else State.QUEUED

    def update(self, body: dict[str, Any], now: float, durations: Durations) -> Status:
        """Record a response of /status, and return it as a `Status`. Warns once about an unknown status word."""
        self.started = now if self.started is None else self.started
        status = read_status(body, request_id=self.request_id, elapsed=now - self.started)
        since = self.state_since
        last = self.polled_at if self.polled_at is not None else since[0] if since else now
        if self.state is State.RUNNING and status.state is State.COMPLETED and since and self.polled_at is not None:
            durations.add(self.model_id, last - since[1], now - since[0])
        changed = self.state not in (None, status.state)
        if changed:
            self.state_since = (last, now)
        if changed or self.polled_at is None or self.position not in (None, status.queue_position):
            self.changed_at = (last + now) / 2
        self.state, self.position, self.polled_at, self.error = status.state, status.queue_position, now, body.get("error")
        self.warn_unknown_state(status.state, status.word)
        median = durations.median(self.model_id) if self.state is State.RUNNING and self.state_since else None
        return status if median is None else replace(status, remaining=max(0.0, median - self._time_in_state(now)))

    def _time_in_state(self, now: float) -> float:
        """Return the estimated seconds that the job has been in its present state."""
        return now - (self.changed_at if self.state_since is None else sum(self.state_since) / 2)

    def next_poll(self, options: CallOptions, now: float) -> tuple[float, float]:
        """Return when the next poll is due, and the earliest time when the job is likely to end, on the clock of `Monotonic`."""
        expected = (
            options.durations.expected_range(self.model_id) if self.state in (None, State.RUNNING) and self.state_since else None
        )
        if self.polled_at is None:  # this client has not polled it yet
            return now, now if expected is None else max(now, now - self._time_in_state(now) + expected[0])
        policy, waited = options.policy, self._time_in_state(self.polled_at)
        since_change = max(waited / 2, self.polled_at - self.changed_at)  # a queue may move often; this at most halves the interval
        due = self.polled_at + policy.poll_pause(since_change if self.state is State.QUEUED else waited, expected)
        return due, due if expected is None else max(due, self.polled_at - waited + expected[0])

    def status_after_failure(self, trouble: str, now: float) -> Status:
        """Return the last known status, with `trouble`, the reason why the last poll failed."""
        elapsed = 0.0 if self.started is None else now - self.started
        return Status(self.request_id, self.state or State.UNKNOWN, elapsed=elapsed, trouble=trouble)

    def warn_unknown_state(self, state: State, word: str) -> None:
        """Warn once about an unknown status word. Polling continues."""
        if state is State.UNKNOWN and word not in self.warned_states:
            self.warned_states.add(word)
            _log.warning("job %s has the unknown status %r; polling continues", self.request_id, word)


class PollTimer:
    """Waits between polls. The `timeout` in seconds, for messages, expires at `deadline` on the clock of `Monotonic`."""

    __slots__ = ("attempts", "deadline", "failure", "failures", "now", "retry_after", "timeout", "unreadable")

    def __init__(self, *, timeout: float | None, deadline: float | None) -> None:
        self.timeout = timeout
        self.deadline = deadline
        self.attempts = 0
        self.retry_after: float | None = None
        self.now = 0.0
        self.failure: RunComfyError | None = None
        self.failures = 0
        self.unreadable = 0

    def wait_for_next_poll(self, job: JobState, call: Literal["status", "result"], options: CallOptions) -> Flow[float]:
        """Pause until the next poll is due. Return the seconds that the poll may take.

        Raises:
            WaitTimeout: the timeout has expired. The first poll is always made.
        """
        self.now = yield Monotonic()
        attempt, self.attempts = self.attempts, self.attempts + 1
        if call == "result":
            pause = max(options.policy.result_pause(attempt), self.retry_after or 0.0)
            yield from self._sleep(pause, 0.0)
            options.rate_limiter.count(self.now)  # the job has ended, so its result does not wait behind polls
        else:
            yield from self._wait_for_turn(job, options)
        if self.deadline is None:
            return options.http_timeout
        if self.now >= self.deadline and attempt:
            raise WaitTimeout(self.timeout or 0.0, request_id=job.request_id, model_id=job.model_id, last_error=self.failure)
        return min(options.http_timeout, max(self.deadline - self.now, 1.0))

    def _wait_for_turn(self, job: JobState, options: CallOptions) -> Flow[None]:
        """Sleep until a poll of the status is due, then until the rate limiter allows it."""
        due, likely = job.next_poll(options, self.now)
        spread = options.policy.poll_jitter if job.state is None else 0.0
        if self.failures:
            pause = max(options.policy.poll_initial, options.policy.backoff(self.failures))
            if isinstance(self.failure, RateLimited) and job.polled_at is not None:
                pause = max(pause, due - job.polled_at)
            due = self.now + pause
            if self.retry_after is not None:  # not earlier than the server asked for
                due, spread = max(due, self.now + self.retry_after), 0.0
        yield from self._sleep(due - self.now, spread)
        limiter = options.rate_limiter
        ticket = limiter.join(max(self.now, likely))
        try:
            while (pause := limiter.wait(ticket, self.now)) and (self.deadline is None or self.now < self.deadline):
                yield from self._sleep(pause, 0.0)
        finally:  # also if the timeout expires, or the flow is interrupted
            limiter.leave(ticket)

    def time_limit(self, options: CallOptions) -> float | None:
        """Return the seconds after which a poll is abandoned, even if a step hangs; None without a timeout."""
        return None if self.deadline is None else min(4 * options.http_timeout, max(self.deadline - self.now, 1.0))

    def _sleep(self, seconds: float, spread: float) -> Flow[None]:
        if self.deadline is not None and seconds > self.deadline - self.now:
            seconds, spread = self.deadline - self.now, 0.0
        if seconds > 0:
            yield Sleep(seconds, spread)
            self.now = yield Monotonic()


def poll(job: JobState, call: Literal["status", "result"], options: CallOptions, *, timer: PollTimer) -> Flow[dict[str, Any]]:
    """Poll until a response is usable, and return its body. Raise only errors that retries do not resolve."""
    path = request_path(job.request_id, call)
    if call == "result" and options.include_cost:
        path += "?include_cost=true"
    while True:
        timeout = yield from timer.wait_for_next_poll(job, call, options)
        result = classify_response(
            (yield Send("GET", path, timeout=timeout, total_timeout=timer.time_limit(options))),
            request_id=job.request_id,
            model_id=job.model_id,
        )
        if not isinstance(result, CallFailure):
            job.missing_since = timer.failure = timer.retry_after = None
            timer.failures = 0
            return result
        if result.not_found:
            since = timer.now if job.missing_since is None else job.missing_since
            job.missing_since = since
            transient = timer.now - since < options.policy.not_found_grace
        else:
            transient = result.transient
        timer.unreadable = timer.unreadable + 1 if result.unreadable else 0
        if not transient or timer.unreadable >= options.policy.max_attempts:
            raise result.error
        if timer.failure is None or timer.failure.message != result.error.message:
            yield Notify(job.status_after_failure(result.error.message, timer.now))
        timer.failure = result.error
        timer.failures += 1
        _log.debug("job %s: %s; retrying", job.request_id, result.error.message)
        asked = result.error.retry_after
        timer.retry_after = None if asked is None else min(asked, options.policy.retry_after_max)


def poll_until_final(job: JobState, options: CallOptions, *, timer: PollTimer) -> Flow[State]:
    """Poll the job until it is final, and notify each status; return the final state."""
    while True:
        body = yield from poll(job, "status", options, timer=timer)
        status = job.update(body, timer.now, options.durations)
        yield Notify(status)
        if status.state.is_final:
            return status.state


def fetch_result(job: JobState, options: CallOptions, *, timer: PollTimer) -> Flow[ResultBody]:
    """Fetch the result of a job that has ended. The result decides whether the job succeeded.

    A status of `completed` is not success, and the result may lag behind it. Source, as of 2026-11-22: RunComfy API documentation
    or the vendor's open-source clients.

    Raises:
        JobFailed, JobCancelled: the job failed or was cancelled, according to the result.
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
            case _:  # the status is final, but the result does not exist yet
                job.warn_unknown_state(result.state, result.word)


def wait_for_result(job: JobState, options: CallOptions, *, timeout: float | None, deadline: float | None) -> Flow[ResultBody]:
    """Poll until the job is final, and return its result.

    Raises:
        JobFailed, JobCancelled: the job did not succeed.
        WaitTimeout: the timeout expired first.
        APIError: an error that retries do not resolve, such as a wrong token, a job of another account, or an unknown id.
    """
    state = yield from poll_until_final(job, options, timer=PollTimer(timeout=timeout, deadline=deadline))
    if state is State.CANCELLED:
        raise JobCancelled("The job was cancelled", request_id=job.request_id, model_id=job.model_id)
    if state is not State.FAILED:
        return (yield from fetch_result(job, options, timer=PollTimer(timeout=timeout, deadline=deadline)))
    # the result contains the reason of a failure; if it cannot be fetched, the failure is reported without it
    now = yield Monotonic()
    grace = now + options.policy.not_found_grace
    timer = PollTimer(timeout=timeout, deadline=grace if deadline is None else min(deadline, grace))
    try:
        return (yield from fetch_result(job, options, timer=timer))
    except (APIError, WaitTimeout):
        raise JobFailed(job.error, request_id=job.request_id, model_id=job.model_id) from None
