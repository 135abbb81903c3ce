"""What a bucket's errors mean, in a sentence without secrets.

The texts of obstore hold URLs, and answers that repeat the request.
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
"""Seconds."""
_CODE: Final = re.compile(r"<Code>([A-Za-z0-9]{1,60})</Code>")
_STATUS: Final = re.compile(r"status code: (\d{3})")


class MediaHostError(Exception):
    """A media host could not take a file. `lasting`: trying again changes nothing. `next_step`: what to do, where that is known."""

    def __init__(self, why: str, *, lasting: bool = False, next_step: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.lasting = lasting
        self.next_step = next_step


class _Calls:
    """When the last call of obstore ended, on the clock of `time.monotonic`."""

    def __init__(self) -> None:
        self.ended = -math.inf
        atexit.register(self.let_threads_finish)

    def let_threads_finish(self) -> None:
        """Give obstore's threads a moment to let go of what they were called with, before the interpreter ends.

        In obstore 0.12.1, a thread that is still at it then aborts the whole process: 6 of 40 that ended right after a call.
        """
        time.sleep(max(0.0, min(_GRACE, self.ended + _GRACE - time.monotonic())))


_calls: Final = _Calls()


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Tell the errors of obstore as `MediaHostError`. `url` is the bucket's."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError as error:
        raise _explanation(url, error, "the bucket does not exist") from None
    except BaseError as error:
        raise _explanation(url, error, "") from None
    finally:
        _calls.ended = time.monotonic()


def _explanation(url: str, error: Exception, why: str) -> MediaHostError:
    from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

    text = str(error).partition("\n\nDebug source")[0]
    code, status = _first(_CODE, text), _first(_STATUS, text)
    detail = f" ({code})" if code else f" (HTTP {status})" if status else ""
    if "169.254.169.254" in text or "metadata.google.internal" in text or "169.254.170.2" in text:
        step = (
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`; for Google, GOOGLE_APPLICATION_CREDENTIALS."
        )
        return MediaHostError(f"no credentials for {url} were found", lasting=True, next_step=f"{step} Nothing was submitted.")
    if why or code in ("NoSuchBucket", "ContainerNotFound"):
        return MediaHostError(
            f"{url}: the bucket does not exist{detail}", lasting=True, next_step="Check its name. Nothing was submitted."
        )
    if status == "301" or code in ("PermanentRedirect", "AuthorizationHeaderMalformed"):
        return MediaHostError(
            f"{url}: the bucket is in another region{detail}",
            lasting=True,
            next_step="Set AWS_REGION to it. Nothing was submitted.",
        )
    if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
        step = "Check the credentials, and that they may read and write there. Nothing was submitted."
        return MediaHostError(f"{url} denies access{detail}", lasting=True, next_step=step)
    if status is not None:
        return MediaHostError(f"{url} answered {status}{f' {code}' if code else ''}")
    if "error sending request" in text or "HTTP error" in text:
        return MediaHostError(f"{url} cannot be reached", next_step="Check the network and the endpoint. Nothing was submitted.")
    return MediaHostError(f"{url}: {without_queries(text)[:200]}")


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None
