"""The delay from the end of a job until its result is returned, and the number of polls: exactly, on a manual clock."""

from __future__ import annotations

import random
from collections.abc import Sequence
from statistics import mean
from typing import Any

import pytest
from runcomfy_client import Policy, RunComfy
from runcomfy_client.models import Kling3_0StandardImageToVideo
from runcomfy_client.simulator import ManualClock, Simulator

from benchmarks.polling.load import IN_TURN, client_options, delays

# A job that ends at any time between two polls s and t is found (t - s) / 2 later on average. For a mean delay of 3 %, that is
# 0.03 (t + s) / 2, so t = s * 1.03 / 0.97; and below 10 s, where 0.3 s is more than that, t = s + 0.6. From 0 to 60 s these are
# 10 / 0.6 + ln(6) / ln(1.03 / 0.97) = 46.5 polls, to 600 s 84.9. Within 45 and 80 polls, the mean delay is 3.25 % at least; 3.4 %
# leaves room for the call that gets the result, and for the jitter.
MAX_CALLS = {5.0: 25, 20.0: 35, 60.0: 45, 180.0: 65, 600.0: 80}
# Between two polls, the delay falls by one second per second: phases that lie evenly about the middle have the mean of all, and the
# first has nearly the longest delay.
PHASES = (0.01, 0.34, 0.66, 0.99)


class RandomClock(ManualClock):
    """A manual clock with random numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.random = random.Random(0).random  # type: ignore[method-assign]


def clip() -> Kling3_0StandardImageToVideo:
    return Kling3_0StandardImageToVideo(prompt="Waves.", start_image_url="https://example.com/a.png")


def delay_and_calls(
    seconds: float, *, queued: float = 0.0, jitter: bool = False, known: Sequence[float] = ()
) -> tuple[float, list[float]]:
    """Return the delay from the end of a job until its result, and the times of the calls after the submit."""
    clock = RandomClock() if jitter else ManualClock()
    with Simulator(seconds_in_queue=queued, seconds_running=seconds - queued, clock=clock) as simulator:
        with RunComfy("test", base_url=simulator.base_url, http_client=simulator.http_client(), clock=clock) as client:
            for duration in known:
                client._session.settings.options.durations.add(clip().model_id, duration, duration)
            client.run(clip())
    return clock.now() - seconds, [call.at for call in simulator.calls[1:]]


def at_all_phases(seconds: float, **options: Any) -> tuple[list[float], list[int]]:
    """Let a job end at several times between the two polls around `seconds`; return the delays and numbers of calls."""
    end, start = delay_and_calls(seconds, **options)[1][-2:-4:-1]
    outcomes = [delay_and_calls(start + (end - start) * phase, **options) for phase in PHASES]
    return [delay for delay, _calls in outcomes], [len(calls) for _delay, calls in outcomes]


@pytest.mark.parametrize("jitter", [False, True])
@pytest.mark.parametrize("seconds", MAX_CALLS)
def test_the_end_of_a_job_is_noticed_quickly(seconds: float, jitter: bool) -> None:
    delays, calls = at_all_phases(seconds, jitter=jitter)
    assert mean(delays) <= max(0.3, 0.036 * seconds) + 1e-9
    assert max(delays) <= max(0.6, 0.07 * seconds) + 1e-9
    assert max(calls) <= MAX_CALLS[seconds]


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7])
@pytest.mark.parametrize("seconds", [5.0, 60.0])
def test_time_in_the_queue_does_not_increase_the_delay(seconds: float, share: float) -> None:
    delays, calls = at_all_phases(seconds, queued=share * seconds)
    assert mean(delays) <= max(0.3, 0.034 * seconds) + 1e-9
    assert max(calls) <= 1.8 * MAX_CALLS[seconds]


@pytest.mark.parametrize("seconds", MAX_CALLS)
def test_an_expected_duration_halves_the_delay(seconds: float) -> None:
    known = [seconds * (0.8 + 0.4 * number / 15) for number in range(16)]
    for end in (0.9 * seconds, 1.15 * seconds):
        (plain, plain_calls), (aimed, aimed_calls) = at_all_phases(end), at_all_phases(end, known=known)
        assert mean(aimed) <= 0.55 * mean(plain)
        assert seconds < 60 or mean(aimed_calls) <= 0.7 * mean(plain_calls)


@pytest.mark.parametrize("submits_per_second", [20.0, 1e9])
def test_polls_go_to_the_jobs_that_are_most_likely_done(submits_per_second: float) -> None:
    """With expected durations, compared with polling one job after the other. No job starves."""
    in_turn, likely, unknown = (
        delays(options, jobs=2000, submits_per_second=submits_per_second)
        for options in (client_options(IN_TURN), client_options(Policy(), known=True), client_options(Policy()))
    )
    assert likely[0] <= 0.55 * in_turn[0] and likely[1] <= in_turn[1]
    assert unknown[0] <= 1.05 * in_turn[0] and unknown[1] <= 1.5 * in_turn[1]
