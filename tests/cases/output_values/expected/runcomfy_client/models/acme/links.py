"""Links: the typed inputs and output of `acme/links`."""

from __future__ import annotations

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import Output


class LinksOutput(Output):
    """The output of `acme/links`."""

    value: list[str] | None = None


class Links(Request[LinksOutput], frozen=True):
    """Links.

    Model: acme/links
    """

    MODEL_ID = "acme/links"
    OUTPUT = LinksOutput

    p: str | None = None
