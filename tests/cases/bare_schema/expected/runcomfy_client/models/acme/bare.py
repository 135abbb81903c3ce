"""Bare: the typed inputs and output of `acme/bare`."""

from __future__ import annotations

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Bare(Request[MediaOutput], frozen=True):
    """Bare.

    Model: acme/bare
    """

    MODEL_ID = "acme/bare"

    prompt: str
