"""Converts the errors of buckets to messages without secrets.

The messages of obstore contain URLs, and responses that repeat the request.
"""

from __future__ import annotations

import atexit
import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from runcomfy_client.errors import without_queries

_GRACE: Final = 0.25
"""Seconds between the last call of obstore and the end of the interpreter."""
_CODE: Final = re.compile(r"<Code>([A-Za-z0-9]{1,60})</Code>")
_STATUS: Final = re.compile(r"status code: (\d{3})")


class MediaHostError(Exception):
    """A media host could not store a file.

    Attributes:
        reason: what happened.
        lasting: True if a retry is pointless.
        next_step: what to do, if that is known.
    """

    def __init__(self, reason: str, *, lasting: bool = False, next_step: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lasting = lasting
        self.next_step = next_step


class _Calls:
    """The time at which the last call of obstore ended, on the clock of `time.monotonic`."""

    def __init__(self) -> None:
        self.ended = -math.inf
        atexit.register(self.let_threads_finish)

    def let_threads_finish(self) -> None:
        """Wait shortly, so that obstore's threads release their Python objects before the interpreter ends.

        In obstore 0.12.1, a thread that releases one later aborts the process: 6 of 40 processes that ended right after a call.
        """
        time.sleep(max(0.0, min(_GRACE, self.ended + _GRACE - time.monotonic())))


_calls: Final = _Calls()


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Convert the errors that obstore raises within the block to `MediaHostError`. `url` is that of the bucket."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError as error:
        raise _explanation(url, error, "the bucket does not exist") from None
    except BaseError as error:
        raise _explanation(url, error, "") from None
    finally:
        _calls.ended = time.monotonic()


def _explanation(url: str, error: Exception, reason: str) -> MediaHostError:
    from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

    text = str(error).partition("\n\nDebug source")[0]
    code, status = _first(_CODE, text), _first(_STATUS, text)
    detail = f" ({code})" if code else f" (HTTP {status})" if status else ""
    if "169.254.169.254" in text or "metadata.google.internal" in text or "169.254.170.2" in text:
        step = (
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`; for Google, GOOGLE_APPLICATION_CREDENTIALS."
        )
        return MediaHostError(f"no credentials for {url} were found", lasting=True, next_step=f"{step} Nothing was submitted.")
    if reason or code in ("NoSuchBucket", "ContainerNotFound"):
        return MediaHostError(
            f"{url}: the bucket does not exist{detail}", lasting=True, next_step="Check its name. Nothing was submitted."
        )
    if status == "301" or code in ("PermanentRedirect", "AuthorizationHeaderMalformed"):
        return MediaHostError(
            f"{url}: the bucket is in another region{detail}",
            lasting=True,
            next_step="Set AWS_REGION to its region. Nothing was submitted.",
        )
    if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
        step = "Check the credentials, and their permissions to read and write. Nothing was submitted."
        return MediaHostError(f"{url} denies access{detail}", lasting=True, next_step=step)
    if status is not None:
        return MediaHostError(f"{url} responded with status {status}{f' {code}' if code else ''}")
    if "error sending request" in text or "HTTP error" in text:
        return MediaHostError(f"{url} cannot be reached", next_step="Check the network and the endpoint. Nothing was submitted.")
    return MediaHostError(f"{url}: {without_queries(text)[:200]}")


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[1] if match else None
