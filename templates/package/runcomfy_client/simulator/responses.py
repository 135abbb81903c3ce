"""A simulated response as a value: status, headers, body, and delivery."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Lost = Literal["unsent", "unanswered"]
"""`unsent`: the call did not arrive. `unanswered`: it arrived, but the connection broke before the first byte of the response."""

MAX_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a response is delivered. By default, it arrives immediately and completely."""

    wait: float = 0.0
    """Seconds before the first byte arrives."""
    lost: Lost | None = None
    """Why no response arrives; None if one does."""
    cut: int | None = None
    """The number of bytes of the body after which the connection breaks."""
    bytes_per_second: float | None = None
    """The speed of the body; None for no limit."""
    endless: bool = False
    """True if the body is repeated forever."""


@dataclass(frozen=True, slots=True)
class SimulatedResponse:
    """An HTTP response and its delivery."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    delivery: Delivery = field(default=Delivery())

    def json(self) -> Any:
        """Parse the body as JSON.

        Raises:
            ValueError: the body is not JSON.
        """
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause between two chunks of a body, in seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Break:
    """The point in a body at which the connection breaks."""


def chunks(response: SimulatedResponse) -> Iterator[bytes | Pause | Break]:
    """Yield the chunks, pauses and breaks of the body of a response, for the transport or the server."""
    delivery = response.delivery
    body = response.body if delivery.cut is None else response.body[: delivery.cut]
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
    """Return a response with a JSON value."""
    return bytes_response(json.dumps(body).encode(), media_type="application/json", status=status, headers=headers)


def bytes_response(
    body: bytes, *, media_type: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> SimulatedResponse:
    """Return a response with bytes of a media type."""
    return SimulatedResponse(status, {"Content-Type": media_type, "Content-Length": str(len(body)), **(headers or {})}, body)


def error_response(
    code: int, message: str, *, status: int, headers: Mapping[str, str] | None = None, **more: Any
) -> SimulatedResponse:
    """Return an error response with `error_code`, `error_message` and `more`."""
    return json_response({"error_code": code, "error_message": message, **more}, status=status, headers=headers)


def drop_response(lost: Lost) -> SimulatedResponse:
    """Return a response that does not arrive: the transport or the server breaks the connection. Its status 0 is never sent."""
    return SimulatedResponse(0, {}, delivery=Delivery(lost=lost))
