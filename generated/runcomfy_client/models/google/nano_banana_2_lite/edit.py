"""Nano Banana 2 Lite Edit: the typed inputs and output of `google/nano-banana-2-lite/edit`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl, MediaList
from runcomfy_client.schema.outputs import MediaOutput


class NanoBanana2LiteEdit(Request[MediaOutput], frozen=True):
    """Nano Banana 2 Lite Edit.

    Edits pictures by a written instruction.

    Model: google/nano-banana-2-lite/edit
    Category: image-to-image
    """

    MODEL_ID = "google/nano-banana-2-lite/edit"

    prompt: str
    image_urls: Annotated[MediaList[ImageUrl], Field(max_length=10, min_length=1)]
    """Public https:// URLs, each of an image, or local files."""
    aspect_ratio: (
        Literal[
            "auto", "21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16", "4:1", "1:4", "8:1", "1:8"
        ]
        | None
    ) = "auto"
    """Server default: "auto"."""
