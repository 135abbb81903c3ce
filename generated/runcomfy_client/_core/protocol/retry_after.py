"""Parses the `Retry-After` header."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_SECONDS: Final = re.compile(r"[+-]?\d{1,12}(\.\d{0,12})?")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that an answer asks to wait, from its `Retry-After`: seconds, or an HTTP date against the answer's own
    `Date`.

    A time in the past is 0. What is neither is left out: None.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if _SECONDS.fullmatch(value) and value.isascii():
        return max(0.0, float(value))
    then, date = _moment(value), _moment(headers.get("date", ""))
    return max(0.0, (then - date).total_seconds()) if then and date else None


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # all HTTP dates are in GMT; the old form without a zone says so by leaving it out
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
