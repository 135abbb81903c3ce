"""Keeps the signatures in the URLs of files out of what an HTTP library logs and prints: httpx logs every URL that it fetches, whole."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

_LOCATION: Final = re.compile(r"""(b'(?:content-)?location', b)(?:('[^'?#]*)[?#][^']*|("[^"?#]*)[?#][^"]*)""", re.IGNORECASE)


def redacted_url_type(kind: Any, http: Any) -> Any:
    """Return a subclass of the URL class `kind`, for what the HTTP client `http` is to fetch.

    Where the library's own transport sends it, its text simply leaves out query and fragment: what is sent does not come from there.
    Another transport may well send the text, so there it is whole, and left out only of the library's log.
    """
    library = library_of(kind)
    transport = getattr(http, "_transport", None)
    if transport is None or library_of(type(transport)) == library:

        class DiscreetURL(kind):  # type: ignore[misc]  # the base is the HTTP client's own URL class
            def __str__(self) -> str:
                return bare(super().__str__())

        return DiscreetURL

    class MarkedURL(_Marked, kind):  # type: ignore[misc]  # here, too, the base is the HTTP client's own
        pass

    logging.getLogger(library).addFilter(_without_queries)
    return MarkedURL


def bare(url: str) -> str:
    """Return a URL without query and fragment."""
    return url.partition("?")[0].partition("#")[0]


def library_of(kind: type) -> str:
    """Return the name of the library that a class is of."""
    return kind.__module__.partition(".")[0]


def install_log_filters() -> None:
    """Have httpcore leave out of its log, too, where a signed file is redirected to: it prints the headers of answers."""
    for library in ("httpcore", "httpcore2"):
        for part in ("http11", "http2"):
            logging.getLogger(f"{library}.{part}").addFilter(_without_locations)


class _Marked:
    """What is not to be logged as it is."""


def _without_locations(record: logging.LogRecord) -> bool:
    if isinstance(record.msg, str):
        record.msg = _LOCATION.sub(r"\1\2\3", record.msg)
    return True


def _without_queries(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(bare(str(value)) if isinstance(value, _Marked) else value for value in record.args)
    return True
