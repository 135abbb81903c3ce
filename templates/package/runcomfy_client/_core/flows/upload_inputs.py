"""Uploads the local files of a request before its submit. Uploads are free."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias

from runcomfy_client._core.flows.effects import Flow, Monotonic, RunCoroutine
from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client.errors import UploadFailed


@dataclass(frozen=True, slots=True)
class PendingUpload:
    """A request whose local files have not been uploaded yet.

    Attributes:
        model_id: the model's id.
        files: its local files, as text for messages.
        prepare: a coroutine function that uploads the files within the given seconds (None: no limit) and returns the request with
            their links.
    """

    model_id: str
    files: str
    prepare: Callable[[float | None], Coroutine[Any, Any, PreparedRequest]]


Submittable: TypeAlias = PreparedRequest | PendingUpload


def with_links(request: Submittable, deadline: float | None = None) -> Flow[PreparedRequest]:
    """Upload the local files of a request, and return the request with their links.

    Raises:
        InvalidInput: a local file is unsuitable.
        UploadFailed: a file could not be uploaded before the deadline. Nothing was submitted.
    """
    if isinstance(request, PreparedRequest):
        return request
    seconds = None if deadline is None else max(0.0, deadline - (yield Monotonic()))
    prepared: PreparedRequest = yield RunCoroutine(lambda: request.prepare(seconds))
    if deadline is not None and (yield Monotonic()) >= deadline:
        raise UploadFailed(f"The timeout expired during the upload of {request.files}", path=request.files)
    return prepared
