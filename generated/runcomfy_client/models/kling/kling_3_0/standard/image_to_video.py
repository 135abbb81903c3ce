"""Kling 3.0 Standard Image to Video: the typed inputs and output of `kling/kling-3.0/standard/image-to-video`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from runcomfy_client.requests import Request
from runcomfy_client.schema.inputs import Inputs
from runcomfy_client.schema.media import ImageUrl, MediaList, VideoUrl
from runcomfy_client.schema.outputs import Output
from runcomfy_client.schema.rules import SumEquals


class Kling3_0StandardImageToVideoOutput(Output):
    """The output of `kling/kling-3.0/standard/image-to-video`."""

    image: str | None = None
    """URL of a single image."""
    video: str | None = None
    """URL of a single video."""
    images: list[str] | None = None
    """URLs of several images."""
    videos: list[str] | None = None
    """URLs of several videos."""


class Kling3_0StandardImageToVideoElementsItem(Inputs, frozen=True):
    """One entry of `elements` of `kling/kling-3.0/standard/image-to-video`."""

    frontal_image_url: ImageUrl | None = None
    """The subject seen from the front. Public https:// URL of an image, or a local file."""
    reference_image_urls: MediaList[ImageUrl] | None = None
    """Further images of the subject, to steer how it is drawn. Public https:// URLs, each of an image, or local
    files.
    """
    video_url: VideoUrl | None = None
    """A video to take the subject's motion from. Public https:// URL of a video, or a local file."""


class Kling3_0StandardImageToVideoMultiPromptItem(Inputs, frozen=True):
    """One entry of `multi_prompt` of `kling/kling-3.0/standard/image-to-video`."""

    prompt: str | None = None
    """What this scene shows."""
    duration: Annotated[int | None, Field(ge=3, le=15)] = 5
    """Length of this scene, in seconds. Server default: 5."""


class Kling3_0StandardImageToVideo(Request[Kling3_0StandardImageToVideoOutput], frozen=True):
    """Kling 3.0 Standard Image to Video.

    Animates a still image into a video of 3 to 15 seconds, with camera motion and, unless switched off, sound.

    Model: kling/kling-3.0/standard/image-to-video
    Category: image-to-video
    """

    MODEL_ID = "kling/kling-3.0/standard/image-to-video"
    OUTPUT = Kling3_0StandardImageToVideoOutput
    RULES = (SumEquals(items="multi_prompt", part="duration", total="duration"),)

    prompt: str
    """What the video shows: subject, motion, camera, light and sound, in plain words."""
    start_image_url: ImageUrl
    """The image that the video starts from: jpg, jpeg, png, bmp or webp. Public https:// URL of an image, or a local
    file.
    """
    multi_prompt: Annotated[list[Kling3_0StandardImageToVideoMultiPromptItem] | None, Field(max_length=20)] = None
    """Prompts for consecutive scenes, each with its own length. The lengths of all scenes add up to `duration`."""
    duration: Annotated[int | None, Field(ge=3, le=15)] = 10
    """Length of the whole video, in seconds. Server default: 10."""
    generate_audio: bool | None = True
    """Whether sound is generated with the video. The server does so unless told not to. Server default: True."""
    elements: Annotated[list[Kling3_0StandardImageToVideoElementsItem] | None, Field(max_length=3)] = None
    """Reference material for a subject: images and a piece of video."""
    shot_type: Literal["customize"] | None = "customize"
    """How shots and framing are handled. Server default: "customize"."""
    negative_prompt: str | None = None
    """What the video should not show."""
    cfg_scale: Annotated[float | None, Field(ge=0.0, le=1.0)] = 0.5
    """How closely the prompt is followed (classifier-free guidance); higher is closer. Server default: 0.5."""
