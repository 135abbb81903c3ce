"""The arithmetic of retries and polling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runcomfy_client._core.flows.durations import Durations
from runcomfy_client._core.flows.limits import RateLimiter, RetryBudget
from runcomfy_client._core.protocol.retry_after import retry_after
from runcomfy_client.policy import Policy

DATE = "Fri, 02 Jan 2026 03:04:05 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        ("120", 120),
        (" 7 ", 7),
        ("+7", 7),
        ("1.5", 1.5),
        ("7.", 7),
        ("-1", 0),
        ("-0.5", 0),
        ("007", 7),
        ("999999999999", 999999999999),
        ("Fri, 02 Jan 2026 03:04:35 GMT", 30),
        ("Friday, 02-Jan-26 03:04:35 GMT", 30),
        ("Fri Jan  2 03:04:35 2026", 30),
        ("Fri, 02 Jan 2026 03:04:35 +0000", 30),
        ("Fri, 02 Jan 2026 04:04:35 +0100", 30),
        ("02 Jan 2026 03:04:35 GMT", 30),
        ("Fri, 02 Jan 2026 03:04:05 GMT", 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("7 s", None),
        ("1e3", None),
        ("inf", None),
        ("nan", None),
        ("0x10", None),
        ("٧", None),
        ("1,5", None),
        ("9" * 400, None),
        ("Fri, 99 Jan 2026 03:04:35 GMT", None),
        ("2026-01-02T03:04:35Z", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value, "date": DATE}) == seconds


@pytest.mark.parametrize("date", [{}, {"date": ""}, {"date": "today"}])
def test_a_retry_after_date_without_a_date_header_is_ignored(date: dict[str, str]) -> None:
    assert retry_after({"retry-after": DATE, **date}) is None
    assert retry_after({"retry-after": "5", **date}) == 5


@given(st.text(), st.text())
def test_any_retry_after_header_is_parsed_or_ignored(value: str, date: str) -> None:
    seconds = retry_after({"retry-after": value, "date": date})
    assert seconds is None or 0 <= seconds < float("inf")


@given(st.floats(0, 1e7), st.floats(0, 1e7), st.none() | st.tuples(st.floats(0.001, 1e6), st.floats(1, 100)))
def test_pauses_grow_up_to_their_limits(waited: float, more: float, usual: tuple[float, float] | None) -> None:
    policy = Policy()
    assert 0.6 <= policy.poll_pause(waited) <= policy.poll_pause(waited + more) <= 60
    expected = None if usual is None else (usual[0], usual[0] * usual[1])
    pause = policy.poll_pause(waited, expected)
    assert 0.3 <= pause <= max(60, 0.25 * waited)
    if expected is not None and expected[0] <= waited < expected[1]:
        assert policy.poll_pause(waited) / 2 <= pause <= policy.poll_pause(waited)
    if expected is not None and waited < expected[0]:
        assert waited + pause <= max(expected[0], waited + 60)


@given(st.integers(0, 10_000))
def test_backoffs_grow_up_to_their_limits(step: int) -> None:
    policy = Policy()
    assert 0 < policy.backoff(step + 1) <= policy.backoff(step + 2) <= 8
    assert policy.result_pause(0) == 0 < policy.result_pause(step + 1) <= policy.result_pause(step + 2) <= 8


@pytest.mark.parametrize("policy", [Policy(poll_multiplier=1), Policy(poll_initial=0), Policy(poll_initial=5, poll_max=1)])
def test_a_policy_with_extreme_values_has_finite_pauses(policy: Policy) -> None:
    for expected in (None, (1.0, 1.0), (1.0, 9.0)):
        assert all(0 <= policy.poll_pause(waited, expected) <= 60 for waited in (0.0, 0.5, 1.0, 5.0, 100.0))


def test_the_budget_refills_up_to_its_size() -> None:
    budget = RetryBudget(Policy(retry_budget=3, retry_budget_refill=2.0))
    assert [budget.spend(100.0) for _ in range(4)] == [True, True, True, False]
    assert [budget.spend(101.9), budget.spend(102.0), budget.spend(102.1)] == [False, True, False]
    assert [budget.spend(9000.0) for _ in range(4)] == [True, True, True, False]


def poll_order(limiter: RateLimiter, dues: list[float], now: float) -> list[int]:
    """Let jobs with polls that are due at these times wait from `now`; return them in the order of their polls."""
    waits = {limiter.join(due): (now, number) for number, due in enumerate(dues)}
    order = []
    while waits:
        ticket = min(waits, key=lambda ticket: waits[ticket])
        at, number = waits.pop(ticket)
        if pause := limiter.wait(ticket, at):
            waits[ticket] = (at + pause, number)
        else:
            order.append(number)
    return order


def test_the_rate_limiter_admits_one_job_at_a_time() -> None:
    limiter = RateLimiter(Policy(polls_per_second=4))
    tickets = [limiter.join(10.0) for _ in range(3)]
    assert [limiter.wait(ticket, 10.0) for ticket in tickets] == pytest.approx([0, 0.24, 0.49])
    assert [limiter.wait(ticket, 10.25) for ticket in tickets[1:]] == pytest.approx([0, 0.24])
    limiter.leave(tickets[2])
    assert limiter.wait(limiter.join(20.0), 20.0) == 0


@given(st.lists(st.floats(0, 100), max_size=40))
def test_the_queue_is_ordered_by_due_time(dues: list[float]) -> None:
    assert poll_order(RateLimiter(Policy(polls_per_second=4)), dues, 100.0) == sorted(range(len(dues)), key=lambda one: dues[one])


@given(st.lists(st.tuples(st.floats(0, 2), st.sampled_from(["go", "leave", "result"])), min_size=1, max_size=60))
def test_polls_per_second_are_limited(steps: list[tuple[float, str]]) -> None:
    limiter, now, polls = RateLimiter(Policy(polls_per_second=5)), 0.0, list[float]()
    for passed, what in steps:
        now += passed
        ticket = limiter.join(now)
        if what == "result":
            limiter.count(now)
        while what != "leave" and (pause := limiter.wait(ticket, now)):
            now += pause
        if what != "leave":
            polls.append(now)
        limiter.leave(ticket)
    assert all(later - first >= 1 - 0.02 for first, later in zip(polls, polls[5:], strict=False))


def test_durations_are_bounded_in_number() -> None:
    durations = Durations()
    for number in range(2000):
        for _ in range(50):
            durations.add(f"model-{number}", 1.0, 2.0)
    assert durations.expected_range("model-0") is None
    assert durations.expected_range("model-1999") == pytest.approx((1 / 1.1, 2.2))
    assert sum(map(len, durations._seen.values())) == 500 * 16
