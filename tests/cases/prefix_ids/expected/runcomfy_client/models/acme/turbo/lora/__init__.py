"""Turbo Lora: the typed inputs and output of `acme/turbo/lora`."""

from __future__ import annotations

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class TurboLora(Request[MediaOutput], frozen=True):
    """Turbo Lora.

    Model: acme/turbo/lora
    """

    MODEL_ID = "acme/turbo/lora"

    prompt: str
    lora: str | None = None
