"""Link: the typed inputs and output of `acme/link`."""

from __future__ import annotations

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import Output


class LinkOutput(Output):
    """The output of `acme/link`."""

    value: str | None = None


class Link(Request[LinkOutput], frozen=True):
    """Link.

    Model: acme/link
    """

    MODEL_ID = "acme/link"
    OUTPUT = LinkOutput

    p: str | None = None
