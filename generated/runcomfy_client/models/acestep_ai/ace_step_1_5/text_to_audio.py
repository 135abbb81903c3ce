"""ACE-Step 1.5 Text to Audio: the typed inputs and output of `acestep-ai/ace-step-1.5/text-to-audio`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.outputs import MediaOutput


class AceStep1_5TextToAudio(Request[MediaOutput], frozen=True):
    """ACE-Step 1.5 Text to Audio.

    Composes a track of 5 to 240 seconds from style tags, with optional lyrics.

    Model: acestep-ai/ace-step-1.5/text-to-audio
    Category: text-to-audio
    """

    MODEL_ID = "acestep-ai/ace-step-1.5/text-to-audio"

    tags: str
    """Tags for genre, mood and instruments, separated by commas, that set the musical style."""
    duration: Annotated[int | None, Field(ge=5, le=240)] = 60
    """Running time of the track, in seconds. Server default: 60."""
    lyrics: str | None = ""
    """Words to be sung. Empty, or the tag [inst] / [instrumental], gives music without singing; mark sections with
    [Verse], [Chorus] and [Bridge]. Server default: empty.
    """
    seed: Annotated[int | None, Field(ge=-1, le=2147483647)] = -1
    """Server default: -1."""
