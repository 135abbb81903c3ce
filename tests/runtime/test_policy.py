"""The arithmetic of retries and polling."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
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


@given(st.integers(0, 10_000))
def test_pauses_grow_up_to_their_limits(step: int) -> None:
    policy = Policy()
    assert 0 < policy.poll_pause(step) <= policy.poll_pause(step + 1) <= 10
    assert 0 < policy.backoff(step + 1) <= policy.backoff(step + 2) <= 8


def test_the_budget_refills_with_time_and_never_beyond_its_size() -> None:
    budget = RetryBudget(Policy(retry_budget=3, retry_budget_refill=2.0))
    assert [budget.spend(100.0) for _ in range(4)] == [True, True, True, False]
    assert [budget.spend(101.9), budget.spend(102.0), budget.spend(102.1)] == [False, True, False]
    assert [budget.spend(9000.0) for _ in range(4)] == [True, True, True, False]


def test_the_rate_limiter_grants_one_slot_after_the_other() -> None:
    limiter = RateLimiter(Policy(polls_per_second=4))
    assert [limiter.acquire(10.0) for _ in range(3)] == [10, 10.25, 10.5]
    assert limiter.acquire(20.0) == 20


@given(st.lists(st.floats(0, 5), min_size=2, max_size=60))
def test_no_second_has_more_polls_than_the_rate_limiter_allows(gaps: list[float]) -> None:
    limiter, now, slots = RateLimiter(Policy(polls_per_second=4)), 0.0, []
    for gap in gaps:
        now += gap
        slots.append(limiter.acquire(now))
    assert all(later - sooner >= 0.25 - 1e-6 for sooner, later in itertools.pairwise(slots))


def test_unused_slots_are_granted_again() -> None:
    limiter = RateLimiter(Policy(polls_per_second=20))
    taken = [limiter.acquire(0.0) for _ in range(2000)]
    assert taken[-1] == pytest.approx(1999 / 20)
    for slot in taken[1:]:
        limiter.release_unused(slot)
    assert limiter.acquire(1.0) <= 1.05


@given(st.lists(st.tuples(st.floats(0, 0.4), st.booleans()), min_size=1, max_size=80))
def test_no_second_has_more_polls_than_allowed_when_slots_are_released(steps: list[tuple[float, bool]]) -> None:
    limiter, now, held = RateLimiter(Policy(polls_per_second=5)), 0.0, list[float]()
    for passed, gives_back in steps:
        now += passed
        slot = limiter.acquire(now)
        if gives_back and slot > now:
            limiter.release_unused(slot)
        else:
            held.append(slot)
    held.sort()
    assert all(later - first >= 1 - 1e-9 for first, later in zip(held, held[5:], strict=False))
