"""Parses the API's responses into values. It is liberal in what it accepts, since a paid job depends on each response."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import JsonValue

from runcomfy_client._core.protocol.response import Response
from runcomfy_client._core.protocol.urls import is_request_id
from runcomfy_client.status import Balance, State, Status

_WORDS: Final[Mapping[str, State]] = {
    "in_queue": State.QUEUED,
    "queued": State.QUEUED,
    "pending": State.QUEUED,
    "waiting": State.QUEUED,
    "in_progress": State.RUNNING,
    "running": State.RUNNING,
    "starting": State.RUNNING,
    "processing": State.RUNNING,
    "completed": State.COMPLETED,
    "succeeded": State.COMPLETED,
    "failed": State.FAILED,
    "cancelled": State.CANCELLED,
    "canceled": State.CANCELLED,
}
"""The documented status words of /status and of /result, and those that the vendor's own clients accept."""


_CHARSET: Final = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ResultBody:
    """The body of a response of /result. `state` is `COMPLETED` only if the job succeeded."""

    state: State
    word: str
    raw: dict[str, JsonValue] = field(repr=False)

    @property
    def output(self) -> JsonValue:
        """The job's output, unchanged."""
        return self.raw.get("output")

    @property
    def error(self) -> JsonValue:
        """The reason of a failure, unchanged."""
        return self.raw.get("error")


def json_object(response: Response) -> dict[str, Any] | None:
    """Return the JSON object in a response's body, or None if the body is not one."""
    for text in _decoded(response):
        try:
            value = _DECODER.decode(text)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict) else None
    return None


def _decoded(response: Response) -> Iterator[str]:
    """Decode a body in the encoding that JSON prescribes, else in its declared charset, else with replacement characters.

    A caption with a byte that is not UTF-8 must not cause the loss of a paid result or of a job's id.
    """
    encoding = json.detect_encoding(response.body)
    try:
        yield response.body.decode(encoding)
        return
    except UnicodeDecodeError:
        pass
    declared = _CHARSET.search(response.headers.get("content-type", ""))
    if declared:
        with suppress(LookupError, UnicodeError):
            yield response.body.decode(declared[1])
    yield response.body.decode(encoding, "replace")


def is_web_page(response: Response) -> bool:
    """Return True if a response is an HTML or XML page. Such a response comes from a proxy or a web server, not from the API."""
    if json_object(response) is not None:
        return False
    content_type = response.headers.get("content-type", "").strip().lower()
    return content_type.startswith(("text/html", "application/xhtml+xml")) or response.body.lstrip()[:1] == b"<"


def _none_for_constant(_word: str) -> None:
    """Read `NaN` and the infinities as None. They are not JSON, and a program that stores the result would write invalid JSON."""


def _finite_or_none(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


_DECODER: Final = json.JSONDecoder(parse_constant=_none_for_constant, parse_float=_finite_or_none)


def request_id_in(body: Mapping[str, Any]) -> str | None:
    """Return the request id in the response to a submit, or None if it has no valid one."""
    value = body.get("request_id")
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return text if isinstance(text, str) and is_request_id(text) else None


def state_of(word: JsonValue) -> State:
    """Return the state of a status word, ignoring case."""
    return _WORDS.get(word.strip().casefold().replace("-", "_"), State.UNKNOWN) if isinstance(word, str) else State.UNKNOWN


def read_status(body: dict[str, Any], *, request_id: str, elapsed: float) -> Status:
    """Parse the response of /status."""
    word = body.get("status")
    position = body.get("queue_position")
    if not isinstance(position, int) or isinstance(position, bool):
        position = None
    return Status(request_id, state_of(word), queue_position=position, elapsed=elapsed, word=_text(word), raw=body)


def read_balance(body: dict[str, Any]) -> Balance | None:
    """Parse the response of /balance, preferring the exact number of millionths of a dollar. None if it has no number."""
    exact, dollars = number_of(body.get("balance_microdollars")), number_of(body.get("balance_usd"))
    currency = _text(body.get("currency")) or "USD"
    if exact is not None:
        return Balance(exact / 1_000_000, currency, body)
    return None if dollars is None else Balance(dollars, currency, body)


def number_of(value: JsonValue) -> float | None:
    """Return a finite number that is given as a number or as text, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def read_result(body: dict[str, Any]) -> ResultBody:
    """Parse the response of /result.

    Without a status, a non-empty output means success and an error means failure. An error without output is a failure even if the
    status is `completed`.
    """
    word = body.get("status")
    state = state_of(word)
    has_output, has_error = _has_content(body.get("output")), _has_content(body.get("error"))
    if word is None and has_output:
        state = State.COMPLETED
    if has_error and not has_output and (word is None or state is State.COMPLETED):
        state = State.FAILED
    return ResultBody(state, _text(word), body)


def _has_content(value: JsonValue) -> bool:
    """Return True if a value contains anything except null and empty strings, lists and objects."""
    if isinstance(value, (dict, list)):
        return any(map(_has_content, value.values() if isinstance(value, dict) else value))
    return value not in (None, "")


def read_cancel(body: Mapping[str, Any]) -> bool:
    """Return True if the response of /cancel says that the job was cancelled. `outcome` takes precedence over `status`."""
    outcome = body.get("outcome")
    return state_of(body.get("status") if outcome is None else outcome) is State.CANCELLED


def _text(word: JsonValue) -> str:
    return "" if word is None else str(word)[:60]
