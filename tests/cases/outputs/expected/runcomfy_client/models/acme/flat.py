"""Flat: the typed inputs and output of `acme/flat`."""

from __future__ import annotations

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import Output


class FlatOutput(Output):
    """The output of `acme/flat`."""

    images: list[str] | None = None


class Flat(Request[FlatOutput], frozen=True):
    """Flat.

    Model: acme/flat
    """

    MODEL_ID = "acme/flat"
    OUTPUT = FlatOutput

    p: str | None = None
