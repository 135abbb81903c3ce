"""Applies faults to calls and responses, before and after a call is processed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

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
    WithholdCost,
)
from runcomfy_client.simulator.responses import SimulatedResponse, bytes_response, drop_response, error_response, json_response


def short_circuit(effects: Iterable[Effect]) -> SimulatedResponse | None:
    """Return a response instead of processing the call; None if the call is processed."""
    for effect in effects:
        match effect:
            case Unreachable():
                return drop_response("unsent")
            case Drop(accepted=False):
                return drop_response("unanswered")
            case Reply(accepted=False):
                return _reply(effect)
            case _:
                continue
    return None


def job_fault(effects: Iterable[Effect]) -> JobEffect | None:
    """Return the effect that a submitted job will have; None for a normal job."""
    return next((effect for effect in effects if isinstance(effect, JobFails | NeverFinishes | OutputIs)), None)


def apply_faults(response: SimulatedResponse, effects: Iterable[Effect]) -> SimulatedResponse:
    """Return a response with the effects applied."""
    for effect in effects:
        response = _apply(response, effect)
    return response


def _apply(response: SimulatedResponse, effect: Effect) -> SimulatedResponse:
    delivery = response.delivery
    match effect:
        case Delay(seconds):
            return replace(response, delivery=replace(delivery, wait=delivery.wait + seconds))
        case Drop(accepted=True):
            return replace(response, delivery=replace(delivery, lost="unanswered"))
        case Reply(accepted=True):
            return replace(_reply(effect), delivery=delivery)
        case HalfBody():
            return replace(response, delivery=replace(delivery, cut=len(response.body) // 2))
        case Garbage(body):
            return replace(bytes_response(body, media_type="text/html"), delivery=delivery)
        case Drip(bytes_per_second):
            return replace(response, delivery=replace(delivery, bytes_per_second=bytes_per_second))
        case Endless():
            headers = {name: value for name, value in response.headers.items() if name != "Content-Length"}
            return replace(response, headers=headers, delivery=replace(delivery, endless=True))
        case StatusWord(word):
            return replace(_set_state(response, word), delivery=delivery)
        case WithholdCost() if response.status == 200:
            without_cost = {key: value for key, value in response.json().items() if key != "cost"}
            return replace(json_response(without_cost), delivery=delivery)
        case _:
            return response


def _reply(effect: Reply) -> SimulatedResponse:
    headers = dict(effect.headers)
    if effect.retry_after is not None:
        headers["Retry-After"] = str(effect.retry_after)
    match effect.body:
        case None:
            return error_response(effect.status * 1000, "a simulated fault", status=effect.status, headers=headers)
        case bytes():
            return bytes_response(effect.body, media_type="application/octet-stream", status=effect.status, headers=headers)
        case _:
            return json_response(effect.body, status=effect.status, headers=headers)


def _set_state(response: SimulatedResponse, word: str) -> SimulatedResponse:
    if response.status != 200:
        return response
    body: dict[str, Any] = response.json() | {"status": word}
    return json_response({key: value for key, value in body.items() if key not in ("output", "error", "finished_at", "cost")})
