"""MiniMax H3 Max Reference to Video: the typed inputs and output of `minimax/minimax-h3-max/reference-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.media import AudioUrl, ImageUrl, MediaList, VideoUrl
from runcomfy_client.schema.outputs import MediaOutput


class MinimaxH3MaxReferenceToVideo(Request[MediaOutput], frozen=True):
    """MiniMax H3 Max Reference to Video.

    Makes a video from pictures, clips and audio named in the prompt.

    Model: minimax/minimax-h3-max/reference-to-video
    Category: reference-to-video
    """

    MODEL_ID = "minimax/minimax-h3-max/reference-to-video"

    prompt: str
    """Scene, motion, camera and sound. Call the files Image 1, Image 2, Video 1 or Audio 1, and state the role of
    each.
    """
    prompt_expansion_mode: Literal["balanced", "quality"]
    """How much work goes into rewriting the prompt: balanced is quick, quality takes longer and gives a richer text."""
    reference_images: Annotated[MediaList[ImageUrl], Field(max_length=12)]
    """Links to subject or style pictures, named Image 1, Image 2 etc. in the prompt. With videos and audios counted, 12
    files at most. Public https:// URLs, each of an image, or local files.
    """
    aspect_ratio: Literal["adaptive", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16"] | None = "adaptive"
    """Shape of the clip; adaptive keeps to the framing of the references where it can. Server default: "adaptive"."""
    duration: Annotated[int | None, Field(ge=5, le=15)] = 5
    """Seconds of video to make, 5 to 15. Server default: 5."""
    enable_safety_checker: bool | None = True
    """Turns the safety checker on when true. Server default: True."""
    reference_audios: Annotated[MediaList[AudioUrl] | None, Field(max_length=12)] = None
    """Voice or ambience samples, if wanted: each about 2-15s, 15s in all. They need at least one image or video beside
    them. Public https:// URLs, each of an audio file, or local files.
    """
    reference_videos: Annotated[MediaList[VideoUrl] | None, Field(max_length=12)] = None
    """Clips to take motion from, named Video 1, Video 2: each about 2-15s, 15s in all. With images and audios counted,
    12 files at most. Public https:// URLs, each of a video, or local files.
    """
    resolution: Literal["480p", "768p"] | None = "768p"
    """Resolution at which the video is made: 480p is quicker and cheaper; 768p, the default, is sharper. Server
    default: "768p".
    """
    seed: int | None = -1
    """Keep one number to repeat a result; -1 picks a random seed. Server default: -1."""
