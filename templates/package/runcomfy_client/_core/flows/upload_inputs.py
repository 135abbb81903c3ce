"""Requests with local files: the files are made available by links first, which costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias

from runcomfy_client._core.flows.effects import Flow, Monotonic, RunCoroutine
from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client.errors import UploadFailed


@dataclass(frozen=True, slots=True)
class PendingUpload:
    """A request whose local files are still to be uploaded.

    Attributes:
        model_id: the model's id.
        files: its files, as text for messages.
        prepare: uploads them within so many seconds, None for as long as it takes, and returns the request with links.
    """

    model_id: str
    files: str
    prepare: Callable[[float | None], Coroutine[Any, Any, PreparedRequest]]


Submittable: TypeAlias = PreparedRequest | PendingUpload


def with_links(request: Submittable, deadline: float | None = None) -> Flow[PreparedRequest]:
    """Return a request whose files are all available by links.

    Raises:
        InvalidInput: a local file is unsuitable.
        UploadFailed: one could not be uploaded before the deadline. Nothing is submitted after it.
    """
    if isinstance(request, PreparedRequest):
        return request
    seconds = None if deadline is None else max(0.0, deadline - (yield Monotonic()))
    prepared: PreparedRequest = yield RunCoroutine(lambda: request.prepare(seconds))
    if deadline is not None and (yield Monotonic()) >= deadline:
        raise UploadFailed(f"The time was used up when {request.files} had been uploaded", path=request.files)
    return prepared
