"""ACE-Step Audio Inpaint: the typed inputs and output of `acestep-ai/ace-step/audio-inpaint`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import AudioUrl
from runcomfy_client.schema.outputs import MediaOutput


class AceStepAudioInpaint(Request[MediaOutput], frozen=True):
    """ACE-Step Audio Inpaint.

    Composes one time span of a recording anew, guided by style tags.

    Model: acestep-ai/ace-step/audio-inpaint
    Category: audio-to-audio
    """

    MODEL_ID = "acestep-ai/ace-step/audio-inpaint"

    audio: AudioUrl
    """HTTPS link to the recording to edit: MP3, WAV or FLAC, 60 minutes at most. Public https:// URL of an audio file,
    or a local file.
    """
    tags: str
    """Tags for genre, mood and instruments, separated by commas, that shape the redone part."""
    end_time: Annotated[float | None, Field(ge=0.0, le=240.0)] = 30
    """Where the part to be redone stops, in seconds counted from its reference point. Server default: 30."""
    end_time_relative_to: Literal["start", "end"] | None = "start"
    """Which side the end time counts from: 'start' means from the beginning of the recording, 'end' means back from its
    close. Server default: "start".
    """
    lyrics: str | None = ""
    """Words for the redone part, if any. When empty the model invents them; [inst] / [instrumental] leaves singing out.
    Server default: empty.
    """
    seed: Annotated[int | None, Field(ge=-1, le=2147483647)] = -1
    """Fix this number to repeat a result; -1 picks a random seed. Server default: -1."""
    start_time: Annotated[float | None, Field(ge=0.0, le=240.0)] = 0
    """Where the part to be redone begins, in seconds counted from its reference point. Server default: 0."""
    start_time_relative_to: Literal["start", "end"] | None = "start"
    """Which side the start time counts from: 'start' means from the beginning of the recording, 'end' means back from
    its close. Server default: "start".
    """
