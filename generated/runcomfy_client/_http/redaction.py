"""Keeps the signatures of file URLs out of the logs of the HTTP libraries: httpx logs each URL, httpcore the headers."""

from __future__ import annotations

import logging
import re
from functools import cache
from typing import Any, Final

_LOCATION: Final = re.compile(r"""(b'(?:content-)?location', b)(?:('[^'?#]*)[?#][^']*|("[^"?#]*)[?#][^"]*)""", re.IGNORECASE)
_LOGGERS: Final = tuple(f"{name}{version}{part}" for version in ("", "2") for name, part in (
    ("httpx", ""), ("httpcore", ".http11"), ("httpcore", ".http2")
))  # fmt: skip


def strip_query(url: str) -> str:
    """Return a URL without query and fragment."""
    return url.partition("?")[0].partition("#")[0]


class _Signed:
    """Marks a URL whose query must not be logged."""


@cache
def signed_url_class(url_class: Any) -> Any:
    """Return a subclass of an HTTP library's URL class: it is sent as it is, and logged without query and fragment."""
    return type("SignedURL", (_Signed, url_class), {})


class RedactionFilter(logging.Filter):
    """Strips queries from signed URLs, and from the redirects in response headers."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact a record, and let it pass."""
        if isinstance(record.args, tuple):
            record.args = tuple(strip_query(str(value)) if isinstance(value, _Signed) else value for value in record.args)
        if isinstance(record.msg, str):
            record.msg = _LOCATION.sub(r"\1\2\3", record.msg)
        return True


_FILTER: Final = RedactionFilter()


def install_log_filter() -> None:
    """Add the filter to the loggers of the HTTP libraries. Adding it again has no effect."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
