"""Performs the effects of faults on answers: before a call is processed, and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from runcomfy_client.simulator.answers import SimulatedResponse, answer_bytes, answer_error, answer_json, lose
from runcomfy_client.simulator.faults import (
    Delay,
    Drip,
    Drop,
    Effect,
    Endless,
    Garbage,
    HalfBody,
    JobEffect,
    JobFails,
    NeverFinishes,
    OutputIs,
    Reply,
    StatusWord,
    Unreachable,
)


def short_circuit(effects: Iterable[Effect]) -> SimulatedResponse | None:
    """Return the answer that comes in place of any processing, or None when the call is to take effect."""
    for effect in effects:
        match effect:
            case Unreachable():
                return lose("unsent")
            case Drop(accepted=False):
                return lose("unanswered")
            case Reply(accepted=False):
                return _reply(effect)
            case _:
                continue
    return None


def job_fault(effects: Iterable[Effect]) -> JobEffect | None:
    """Return what is to become of a submitted job, if it is anything unusual."""
    return next((effect for effect in effects if isinstance(effect, JobFails | NeverFinishes | OutputIs)), None)


def apply_faults(answer: SimulatedResponse, effects: Iterable[Effect]) -> SimulatedResponse:
    """Return what becomes of an answer."""
    for effect in effects:
        answer = _disturb(answer, effect)
    return answer


def _disturb(answer: SimulatedResponse, effect: Effect) -> SimulatedResponse:
    travel = answer.travel
    match effect:
        case Delay(seconds):
            return replace(answer, travel=replace(travel, wait=travel.wait + seconds))
        case Drop(accepted=True):
            return replace(answer, travel=replace(travel, lost="unanswered"))
        case Reply(accepted=True):
            return replace(_reply(effect), travel=travel)
        case HalfBody():
            return replace(answer, travel=replace(travel, cut=len(answer.body) // 2))
        case Garbage(body):
            return replace(answer_bytes(body, media_type="text/html"), travel=travel)
        case Drip(bytes_per_second):
            return replace(answer, travel=replace(travel, bytes_per_second=bytes_per_second))
        case Endless():
            headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
            return replace(answer, headers=headers, travel=replace(travel, endless=True))
        case StatusWord(word):
            return replace(_say(answer, word), travel=travel)
        case _:
            return answer


def _reply(effect: Reply) -> SimulatedResponse:
    headers = dict(effect.headers)
    if effect.retry_after is not None:
        headers["Retry-After"] = str(effect.retry_after)
    match effect.body:
        case None:
            return answer_error(effect.status * 1000, "a fault that was asked for", status=effect.status, headers=headers)
        case bytes():
            return answer_bytes(effect.body, media_type="application/octet-stream", status=effect.status, headers=headers)
        case _:
            return answer_json(effect.body, status=effect.status, headers=headers)


def _say(answer: SimulatedResponse, word: str) -> SimulatedResponse:
    if answer.status != 200:
        return answer
    body: dict[str, Any] = answer.json() | {"status": word}
    return answer_json({key: value for key, value in body.items() if key not in ("output", "error", "finished_at", "cost")})
