"""ACE-Step Text to Audio: the typed inputs and output of `acestep-ai/ace-step/text-to-audio`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class AceStepTextToAudio(Request[MediaOutput], frozen=True):
    """ACE-Step Text to Audio.

    Composes music from style tags, with lyrics of your own or made up by the model.

    Model: acestep-ai/ace-step/text-to-audio
    Category: text-to-audio
    """

    MODEL_ID = "acestep-ai/ace-step/text-to-audio"

    tags: str
    """Tags for genre, mood and instruments, separated by commas, that set the musical style."""
    duration: Annotated[int | None, Field(ge=5, le=240)] = 60
    """Running time of the track, in seconds. Server default: 60."""
    lyrics: str | None = ""
    """Words to be sung, if any. When empty the model invents them; [inst] / [instrumental] gives a track without
    singing. Server default: empty.
    """
    seed: Annotated[int | None, Field(ge=-1, le=2147483647)] = -1
    """Server default: -1."""
