"""Turbo: the typed inputs and output of `acme/turbo`."""

from __future__ import annotations

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Turbo(Request[MediaOutput], frozen=True):
    """Turbo.

    Model: acme/turbo
    """

    MODEL_ID = "acme/turbo"

    prompt: str
