"""GPT Image 2.5 Flare Edit: the typed inputs and output of `openai/gpt-image-2.5/flare/edit`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl, MediaList
from runcomfy_client.schema.outputs import MediaOutput


class GptImage2_5FlareEdit(Request[MediaOutput], frozen=True):
    """GPT Image 2.5 Flare Edit.

    Edits or merges up to 16 pictures by a prompt with the Flare version.

    Model: openai/gpt-image-2.5/flare/edit
    Category: image-to-image
    """

    MODEL_ID = "openai/gpt-image-2.5/flare/edit"

    images: Annotated[MediaList[ImageUrl], Field(max_length=16, min_length=1)]
    """Pictures to edit or merge, 16 at most. Public https:// URLs, each of an image, or local files."""
    prompt: str
    aspect_ratio: (
        Literal[
            "1:1", "3:2", "2:3", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "2:1", "1:2", "3:1", "1:3", "9:21"
        ]
        | None
    ) = "3:4"
    """Shape of the edited picture. Server default: "3:4"."""
    output_format: Literal["png", "jpeg", "webp"] | None = "png"
    """File type in which the picture is saved. Server default: "png"."""
    quality: Literal["low", "medium", "high", "xhigh", "max"] | None = "medium"
    """Render quality; a higher level shows more detail and costs more. Server default: "medium"."""
    resolution: Literal["1k", "2k", "4k"] | None = "1k"
    """Size class of the result. Server default: "1k"."""
