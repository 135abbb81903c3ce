"""A simulated response as a value: status, headers, body, and how it is delivered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Lost = Literal["unsent", "unanswered"]
"""`unsent`: the call never arrived. `unanswered`: it did, and the connection broke before the first byte of the answer."""

MAX_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a response is delivered. By default it arrives at once and complete."""

    wait: float = 0.0
    """Seconds before anything arrives."""
    lost: Lost | None = None
    """Set when nothing arrives."""
    cut: int | None = None
    """Number of bytes of the body after which the connection breaks."""
    bytes_per_second: float | None = None
    """Speed of the body."""
    endless: bool = False
    """Whether the body is repeated for ever."""


@dataclass(frozen=True, slots=True)
class SimulatedResponse:
    """An HTTP response and its delivery."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    delivery: Delivery = field(default=Delivery())

    def json(self) -> Any:
        """Read the body as JSON.

        Raises:
            ValueError: if it is none.
        """
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds that pass between two pieces of a body."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Break:
    """The connection breaks in the middle of a body."""


def chunks(answer: SimulatedResponse) -> Iterator[bytes | Pause | Break]:
    """Take the body of an answer apart into what happens while it travels, for the transport or the server to perform."""
    delivery = answer.delivery
    body = answer.body if delivery.cut is None else answer.body[: delivery.cut]
    size, pause = MAX_CHUNK, None
    if delivery.bytes_per_second is not None:
        size = max(1, min(MAX_CHUNK, round(delivery.bytes_per_second)))
        pause = Pause(size / delivery.bytes_per_second)
    while True:
        for start in range(0, len(body), size):
            if pause:
                yield pause
            yield body[start : start + size]
        if not (delivery.endless and body):
            break
    if delivery.cut is not None:
        yield Break()


def json_response(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> SimulatedResponse:
    """Answer with a JSON value."""
    return bytes_response(json.dumps(body).encode(), media_type="application/json", status=status, headers=headers)


def bytes_response(
    body: bytes, *, media_type: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> SimulatedResponse:
    """Answer with bytes of a media type."""
    return SimulatedResponse(status, {"Content-Type": media_type, "Content-Length": str(len(body)), **(headers or {})}, body)


def error_response(
    code: int, message: str, *, status: int, headers: Mapping[str, str] | None = None, **more: Any
) -> SimulatedResponse:
    """Answer with an error: `error_code`, `error_message` and whatever else helps to find the fault."""
    return json_response({"error_code": code, "error_message": message, **more}, status=status, headers=headers)


def drop_response(lost: Lost) -> SimulatedResponse:
    """Answer nothing at all. The transport or the server breaks the connection; status 0 shows up in the records only."""
    return SimulatedResponse(0, {}, delivery=Delivery(lost=lost))
