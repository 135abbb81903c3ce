"""Acme Entry: the typed inputs and output of `acme/entry`."""

from __future__ import annotations

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput
from runcomfy_client.schema.constraints import AnyJson


class Entry(Request[MediaOutput], frozen=True):
    """Acme Entry.

    Makes a video from text.

    Model: acme/entry
    Category: text-to-video

    Base price: 0.04 USD per second; the inputs may change it. Not a quote.

    The documentation does not tell the shape of `keyframes`, `camera`: any JSON is accepted there, and the server alone
    checks it.
    """

    MODEL_ID = "acme/entry"

    prompt: str
    keyframes: AnyJson | None = None
    camera: AnyJson | None = None
