"""Parses faults from the command line, such as `submit:429,retry-after=2,times=3`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from runcomfy_client.simulator.faults import (
    Delay,
    Drip,
    Drop,
    Effect,
    Endless,
    Fault,
    Garbage,
    HalfBody,
    JobFails,
    NeverFinishes,
    Point,
    RefuseCancel,
    Reply,
    StatusWord,
    Unreachable,
    WithholdCost,
)

SYNTAX: Final = "POINT:EFFECT[=VALUE][,times=N|always][,after=N][,probability=P][,retry-after=TEXT]"

_EFFECTS: Final[dict[str, Callable[[], Effect]]] = {
    "unreachable": Unreachable,
    "drop-before": lambda: Drop(accepted=False),
    "drop-after": lambda: Drop(accepted=True),
    "half-body": HalfBody,
    "garbage": Garbage,
    "endless": Endless,
    "refuse-cancel": RefuseCancel,
    "withhold-cost": WithholdCost,
    "job-fails": JobFails,
    "never-finishes": NeverFinishes,
}
_EFFECTS_WITH_VALUE: Final[dict[str, Callable[[str], Effect]]] = {
    "delay": lambda text: Delay(float(text)),
    "drip": lambda text: Drip(float(text)),
    "says": StatusWord,
    "job-fails": JobFails,
}
EFFECTS: Final = ("STATUS", *_EFFECTS, *(f"{word}=VALUE" for word in _EFFECTS_WITH_VALUE))
"""The names of the effects, for help texts."""


def read_fault(text: str) -> Fault:
    """Parse one fault.

    Raises:
        ValueError: the text is not a fault; the message shows the syntax.
    """
    try:
        return _read(text)
    except (KeyError, ValueError) as error:
        reason = f"unknown word {error}" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{text!r}: {reason}; write {SYNTAX} with an effect of {', '.join(EFFECTS)}") from None


def _read(text: str) -> Fault:
    point, colon, rest = text.partition(":")
    if not colon:
        raise ValueError("a fault is POINT:EFFECT, such as submit:503")
    effect, *options = rest.split(",")
    settings = dict(_option(option) for option in options)
    times = settings.pop("times", "1")
    retry_after = settings.pop("retry-after", None)
    fault = Fault(
        cast(Point, point),  # Fault checks it
        _effect(effect, retry_after),
        times=None if times == "always" else int(times),
        after=int(settings.pop("after", "0")),
        probability=float(settings.pop("probability", "1")),
    )
    if settings:
        raise KeyError(next(iter(settings)))
    return fault


def _option(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip()


def _effect(text: str, retry_after: str | None) -> Effect:
    word, value = _option(text)
    if word.isdecimal():
        return Reply(int(word), retry_after=retry_after)
    if retry_after is not None:
        raise ValueError("retry-after requires an effect that is a status")
    return _EFFECTS_WITH_VALUE[word](value) if value else _EFFECTS[word]()
