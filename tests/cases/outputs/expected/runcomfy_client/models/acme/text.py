"""Text: the typed inputs and output of `acme/text`."""

from __future__ import annotations

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import Output


class TextOutput(Output):
    """The output of `acme/text`."""

    value: str | None = None


class Text(Request[TextOutput], frozen=True):
    """Text.

    Model: acme/text
    """

    MODEL_ID = "acme/text"
    OUTPUT = TextOutput

    p: str | None = None
