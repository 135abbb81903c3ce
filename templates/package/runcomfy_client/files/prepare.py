"""Prepares the requests of a client: uploads their local files first, if they have any."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from runcomfy_client._core.flows.upload_inputs import PendingUpload, Submittable
from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client._core.protocol.urls import DEFAULT_BASE_URL, Origin
from runcomfy_client.errors import ConfigurationError, InvalidInput, Problem
from runcomfy_client.files.bucket_config import VARIABLE, check_bucket_url
from runcomfy_client.requests import Request
from runcomfy_client.schema.local_file import TWO_WAYS, local_files_in

if TYPE_CHECKING:
    from runcomfy_client.async_client import AsyncRunComfy
    from runcomfy_client.client import RunComfy
    from runcomfy_client.files.host import MediaHost
    from runcomfy_client.files.uploads import Uploads
    from runcomfy_client.schema.media_fields import MediaField


def open_uploads(media: str | MediaHost | None, origin: Origin | None = None) -> Uploads | None:
    """Return the object that uploads the local files of a client; None if no media host is set. A bucket is opened on first use.

    Raises:
        ConfigurationError: `media` is neither a media host nor the URL of a bucket.
    """
    source = "media="
    if media is None:
        media, source = os.environ.get(VARIABLE) or None, VARIABLE
    if media is None:
        return None
    if isinstance(media, str):
        media = check_bucket_url(media, source=source)
    elif not callable(getattr(media, "put", None)) or isinstance(media, type):
        raise ConfigurationError(
            f"`media` is {type(media).__name__}; it must be the URL of a bucket, BucketHost(...) or another MediaHost"
        )
    from runcomfy_client.files.uploads import Uploads

    return Uploads(media, origin or Origin.of(DEFAULT_BASE_URL))


def uploads_of(client: RunComfy | AsyncRunComfy) -> Uploads | None:
    """Return the object that uploads the local files of a client; None if it has no media host. Only for this package."""
    return client._uploads


def prepare(request: Request[Any], uploads: Uploads | None) -> Submittable:
    """Return the prepared request, or a pending upload that prepares it after uploading its local files.

    Raises:
        InvalidInput: the request cannot be sent, or it has local files but the client has no media host.
    """
    if not isinstance(request, Request):
        return PreparedRequest.of(request)  # raises the error
    payload = request._checked_payload()
    if not any(local_files_in(payload)):
        return PreparedRequest.of_payload(request, payload)
    fields = local_inputs(request, payload)
    if uploads is None:
        raise no_media_host(request, fields)
    return PendingUpload(
        request.model_id, ", ".join(str(field.file) for field in fields), partial(uploads.prepare, request, fields)
    )


def local_inputs(request: Request[Any], payload: dict[str, Any] | None = None) -> list[MediaField]:
    """Return the media inputs of a request that are local files."""
    sent = {place for place, _file in local_files_in(request._checked_payload() if payload is None else payload)}
    if not sent:
        return []
    from runcomfy_client.schema.media_fields import media_in

    return [field for field in media_in(request) if field.place in sent]


def remote_inputs(request: Request[Any]) -> Iterator[MediaField]:
    """Return the media inputs of a request that are URLs."""
    from runcomfy_client.schema.media_fields import media_in

    return (field for field in media_in(request) if field.file is None)


def local_problems(request: Request[Any], uploads: Uploads | None) -> list[Problem]:
    """Return the problems of the local files of a request, including a missing media host. Nothing is uploaded."""
    fields = local_inputs(request)
    if not fields:
        return []
    from runcomfy_client.files.uploads import check_inputs

    missing = [] if uploads is not None else list(no_media_host(request, fields).problems)
    return [*missing, *check_inputs(fields, known=None if uploads is None else uploads.known)[1]]


def no_media_host(request: Request[Any], fields: list[MediaField]) -> InvalidInput:
    """Return the error of a request with local files for a client that has no media host."""
    problems = tuple(
        Problem(field.path, f"{field.file} is a local file, but this client has no bucket to upload it to") for field in fields
    )
    return InvalidInput(type(request).__name__, problems, next_step=f"{TWO_WAYS} Nothing was sent.")
