"""Parses the `Retry-After` header."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_SECONDS: Final = re.compile(r"[+-]?\d{1,12}(\.\d{0,12})?")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait, from the headers of a response; None if `Retry-After` is missing or invalid.

    `Retry-After` is a number of seconds, or an HTTP date, which is compared with the `Date` of the same response. A date in the
    past gives 0.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if _SECONDS.fullmatch(value) and value.isascii():
        return max(0.0, float(value))
    then, date = _parse_date(value), _parse_date(headers.get("date", ""))
    return max(0.0, (then - date).total_seconds()) if then and date else None


def _parse_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # all HTTP dates are in GMT; the obsolete asctime format has no zone
    return date if date.tzinfo else date.replace(tzinfo=UTC)
