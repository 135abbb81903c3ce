"""Turbo Lora Class: the typed inputs and output of `acme/turbo/lora/class`."""

from __future__ import annotations

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class TurboLoraClass(Request[MediaOutput], frozen=True):
    """Turbo Lora Class.

    Model: acme/turbo/lora/class
    """

    MODEL_ID = "acme/turbo/lora/class"

    prompt: str
