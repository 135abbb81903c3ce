"""A "quoted" name\\: the typed inputs and output of `acme/texts`."""

from __future__ import annotations

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class Texts(Request[MediaOutput], frozen=True):
    """A "quoted" name\\.

    word word word word word word word word word word word word word word word word word word word word word word word
    word word word word word word word word word word word word word word word word word word word word word word word
    word word word word word word word word word word word word word word

    Model: acme/texts
    """

    MODEL_ID = "acme/texts"

    a: str | None = None
    """Ends a docstring \"\"" and a \\ backslash \\\"\"" {{ braces }} {% raw %} %s `tick` # type: ignore."""
    b: str | None = None
    """bare CR \x00NUL \u202ebidi\u202c line, coding: latin-1, café 日本語 \U0001f600."""
    c: str | None = "\"\"\"'''\\"
    """outer blanks. Server default: "\\"\\"\\"'''\\\\"."""
    d: str | None = None
