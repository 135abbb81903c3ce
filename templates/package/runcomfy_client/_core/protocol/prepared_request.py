"""A request that is ready to send. Path and body are fixed before the first attempt, so all attempts send the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from runcomfy_client._core.protocol.urls import model_path
from runcomfy_client.errors import InvalidInput, Problem
from runcomfy_client.requests import Request
from runcomfy_client.schema.local_file import reject_local_files

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """The path and the body of a submit.

    The inputs are one flat JSON object. Source, as of 2026-11-22: RunComfy API documentation or the vendor's open-source clients.
    """

    model_id: str
    path: str
    body: bytes = field(repr=False)
    identity: str | None = None
    """SHA-256 of the body with the digests of local files in place of their links, which differ each time; None without files."""

    @classmethod
    def of(cls, request: Request[Any]) -> PreparedRequest:
        """Encode a request.

        Raises:
            InvalidInput: the model id is invalid, the request became invalid after it was built, or an unchecked input is not JSON.
            TypeError: `request` is not a request.
        """
        if isinstance(request, type) and issubclass(request, Request):
            name, first = request.__name__, next(iter(request.model_fields), "...")
            raise TypeError(f"{name} is a class: call the class with its inputs, {name}({first}=...)")
        if not isinstance(request, Request):
            raise TypeError(
                f"a request is expected, not {type(request).__name__}: build one with its model's class, request() or RawRequest"
            )
        payload = request._checked_payload()
        reject_local_files(payload, type(request).__name__)
        return cls.of_payload(request, payload)

    @classmethod
    def of_payload(cls, request: Request[Any], payload: Mapping[str, Any], *, identity: str | None = None) -> PreparedRequest:
        """Encode `payload` as the body of a request.

        Raises:
            InvalidInput: the model id is invalid, or `payload` is not JSON.
        """
        body = json_body(payload, type(request).__name__)
        return cls(request.model_id, model_path(request.model_id), body, identity)

    @property
    def body_sha256(self) -> str:
        """The SHA-256 of the body in hex. It identifies a submit of unknown outcome."""
        return self.identity or hashlib.sha256(self.body).hexdigest()


def json_body(payload: Mapping[str, Any], class_name: str) -> bytes:
    """Encode the inputs of a request as JSON.

    Raises:
        InvalidInput: an input is not JSON.
    """
    try:
        return _ENCODER.encode(payload).encode()
    except (TypeError, ValueError, RecursionError) as error:
        problem = Problem("", f"the inputs cannot be written as JSON: {str(error)[:200]}")
        raise InvalidInput(class_name, (problem,)) from None
