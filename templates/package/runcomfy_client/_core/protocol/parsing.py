"""Parses the API's responses into values: liberal in what it accepts, since a paid job hangs on each of them."""

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
"""Both documented vocabularies, of /status and of /result, and the words that the vendor's own clients tolerate."""


_CHARSET: Final = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ResultBody:
    """What /result says. `state` is `COMPLETED` for a success only."""

    state: State
    word: str
    raw: dict[str, JsonValue] = field(repr=False)

    @property
    def output(self) -> JsonValue:
        """The job's output as it came."""
        return self.raw.get("output")

    @property
    def error(self) -> JsonValue:
        """The reason of a failure as it came."""
        return self.raw.get("error")


def json_object(answer: Response) -> dict[str, Any] | None:
    """Return the JSON object in an answer's body, or None when there is none."""
    for text in _decoded(answer):
        try:
            value = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict) else None
    return None


def _decoded(answer: Response) -> Iterator[str]:
    """Decode a body: as JSON prescribes, else by its declared charset, else with replacement characters.

    A caption with a byte that is not UTF-8 must not cost a paid result or the id of a job.
    """
    encoding = json.detect_encoding(answer.body)
    try:
        yield answer.body.decode(encoding)
        return
    except UnicodeDecodeError:
        pass
    declared = _CHARSET.search(answer.headers.get("content-type", ""))
    if declared:
        with suppress(LookupError, UnicodeError):
            yield answer.body.decode(declared[1])
    yield answer.body.decode(encoding, "replace")


def is_web_page(answer: Response) -> bool:
    """Return whether a response is an HTML or XML page: it comes from a proxy or a web server, not from the API."""
    if json_object(answer) is not None:
        return False
    content_type = answer.headers.get("content-type", "").strip().lower()
    return content_type.startswith(("text/html", "application/xhtml+xml")) or answer.body.lstrip()[:1] == b"<"


def _no_number(_word: str) -> None:
    """Read what is no JSON, `NaN` and the infinities, as nothing: whoever writes the answer down again would write no JSON."""


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def request_id_in(body: Mapping[str, Any]) -> str | None:
    """Return the request id in the answer to a submit, or None when there is none that can be used."""
    value = body.get("request_id")
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return text if isinstance(text, str) and is_request_id(text) else None


def state_of(word: JsonValue) -> State:
    """Read a status word, in any case."""
    return _WORDS.get(word.strip().casefold().replace("-", "_"), State.UNKNOWN) if isinstance(word, str) else State.UNKNOWN


def read_status(body: dict[str, Any], *, request_id: str, elapsed: float) -> Status:
    """Read the answer of /status."""
    word = body.get("status")
    position = body.get("queue_position")
    if not isinstance(position, int) or isinstance(position, bool):
        position = None
    return Status(request_id, state_of(word), queue_position=position, elapsed=elapsed, word=_text(word), raw=body)


def read_balance(body: dict[str, Any]) -> Balance | None:
    """Read the answer of /balance: the exact millionths of a dollar where it gives them. None when it holds no number."""
    exact, dollars = number_of(body.get("balance_microdollars")), number_of(body.get("balance_usd"))
    currency = _text(body.get("currency")) or "USD"
    if exact is not None:
        return Balance(exact / 1_000_000, currency, body)
    return None if dollars is None else Balance(dollars, currency, body)


def number_of(value: JsonValue) -> float | None:
    """Read a number, also one that is written as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def read_result(body: dict[str, Any]) -> ResultBody:
    """Read the answer of /result. Where it gives no status, its output or its error speaks; an error never counts as a success."""
    word = body.get("status")
    state = state_of(word)
    has_output, has_error = _says_something(body.get("output")), _says_something(body.get("error"))
    if word is None and has_output:
        state = State.COMPLETED
    if has_error and not has_output and (word is None or state is State.COMPLETED):
        state = State.FAILED
    return ResultBody(state, _text(word), body)


def _says_something(value: JsonValue) -> bool:
    """Whether there is anything in a value but empty strings, lists and objects."""
    if isinstance(value, (dict, list)):
        return any(map(_says_something, value.values() if isinstance(value, dict) else value))
    return value not in (None, "")


def read_cancel(body: Mapping[str, Any]) -> bool:
    """Whether the answer of /cancel says that the job was cancelled. Its `outcome` counts before its `status`."""
    outcome = body.get("outcome")
    return state_of(body.get("status") if outcome is None else outcome) is State.CANCELLED


def _text(word: JsonValue) -> str:
    return "" if word is None else str(word)[:60]
