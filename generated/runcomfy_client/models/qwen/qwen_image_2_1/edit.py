"""Qwen Image 2.1 Edit: the typed inputs and output of `qwen/qwen-image-2.1/edit`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import ImageUrl, MediaLimit, MediaList
from runcomfy_client.schema.outputs import MediaOutput


class QwenImage2_1Edit(Request[MediaOutput], frozen=True):
    """Qwen Image 2.1 Edit.

    Edits one to ten pictures by a prompt, within a mask if wanted.

    Model: qwen/qwen-image-2.1/edit
    Category: image-to-image
    """

    MODEL_ID = "qwen/qwen-image-2.1/edit"

    image_urls: Annotated[
        MediaList[Annotated[ImageUrl, MediaLimit("file_size_mb<", 30)]], Field(max_length=10, min_length=1)
    ]
    """One to ten pictures as JPEG, PNG or WebP, each at most 30MB and 25MP; the prompt counts them in this order (the
    first image, the second image). Four or fewer keep identity sharp. Public https:// URLs, each of an image, or local
    files. The file has to be smaller than 30 MB.
    """
    prompt: str
    """The wanted change in plain words: something to put in, take out, restyle or swap. Quoted text is drawn letter by
    letter; with a mask, say what goes into the white area.
    """
    aspect_ratio: Literal["auto", "1:1", "4:3", "3:4", "3:2", "2:3", "16:9", "9:16", "21:9", "9:21"] | None = "auto"
    """Shape of the picture; auto copies the first reference. Not used in mask mode. Server default: "auto"."""
    background: Literal["opaque", "transparent"] | None = "opaque"
    """opaque gives a normal photo; transparent gives true alpha — then describe the subject alone and avoid JPEG. Not
    possible together with a mask. Server default: "opaque".
    """
    enhance_prompt: bool | None = True
    """Expands a short instruction into a full scene first. Switch it off for exact wording; it has no effect in mask
    mode. Server default: True.
    """
    mask_url: ImageUrl | None = None
    """Black-and-white mask for a local edit, if wanted: white is changed, black is kept. It needs exactly one reference
    image and no transparent background; aspect ratio and prompt rewriting then do not count. Public https:// URL of an
    image, or a local file.
    """
    output_format: Literal["png", "webp", "jpeg"] | None = "png"
    """PNG and WebP allow alpha; JPEG has none and so cannot go with a transparent background. Server default: "png"."""
    resolution: Literal["1K", "2K"] | None = "1K"
    """Level of detail: 1K is quicker, 2K has roughly four times as many pixels and a higher price. Server default:
    "1K".
    """
    seed: int | None = -1
    """Fix this number to repeat a result; -1 draws a new random seed every time. Server default: -1."""
