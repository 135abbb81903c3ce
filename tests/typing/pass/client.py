"""Everyday use that both type checkers must accept, with the types they must infer."""

from pathlib import Path
from typing import assert_type

from runcomfy_client import AsyncRunComfy, LocalFile, RawRequest, RunComfy, request
from runcomfy_client.models import (
    Kling3_0StandardImageToVideo,
    Kling3_0StandardImageToVideoMultiPromptItem,
    Kling3_0StandardImageToVideoOutput,
    NanoBanana2LiteEdit,
)
from runcomfy_client.schema.outputs import MediaOutput

IMAGE = "https://example.com/photo.png"


def run(client: RunComfy) -> None:
    wanted = Kling3_0StandardImageToVideo(prompt="a cliff at dawn", start_image_url=IMAGE, duration=5)
    result = client.run(wanted, timeout=600)
    assert_type(result.output, Kling3_0StandardImageToVideoOutput)
    assert_type(result.output.video, str | None)
    assert_type(result.request_id, str)

    job = client.submit(wanted)
    assert_type(job.result().output.images, list[str] | None)
    for update in job.updates():
        assert_type(update.queue_position, int | None)

    again = client.job(job.request_id, Kling3_0StandardImageToVideo)
    assert_type(again.result().output, Kling3_0StandardImageToVideoOutput)


async def run_async(client: AsyncRunComfy) -> None:
    job = await client.submit(Kling3_0StandardImageToVideo(prompt="a cliff", start_image_url=IMAGE))
    result = await job.result(timeout=60.0)
    assert_type(result.output.videos, list[str] | None)


def values() -> None:
    wanted = Kling3_0StandardImageToVideo(
        prompt="a cliff",
        start_image_url=IMAGE,
        duration=6,
        shot_type="customize",
        generate_audio=None,
        cfg_scale=1,
        multi_prompt=[Kling3_0StandardImageToVideoMultiPromptItem(prompt="one", duration=6)],
    )
    assert_type(wanted.duration, int | None)
    assert_type(wanted.cfg_scale, float | None)
    assert_type(wanted.with_inputs(duration=7), Kling3_0StandardImageToVideo)
    many = [wanted, wanted.with_extra_inputs({"seed": 7})]
    assert_type(many, list[Kling3_0StandardImageToVideo])


def by_id(client: RunComfy) -> None:
    client.run(request("kling/kling-3.0/standard/image-to-video", prompt="a", start_image_url=IMAGE))
    raw = client.run(RawRequest(model="vendor/new-model", inputs={"prompt": "a"}))
    assert_type(raw.output, MediaOutput)


def local_files(client: RunComfy, urls: list[str], paths: list[Path]) -> None:
    """Media inputs take URLs, paths and local files, also in variables that are lists of one of them."""
    Kling3_0StandardImageToVideo(prompt="x", start_image_url=Path("photo.png"))
    Kling3_0StandardImageToVideo(prompt="x", start_image_url=LocalFile("photo.png", strip_metadata=True))
    NanoBanana2LiteEdit(prompt="x", image_urls=urls)
    NanoBanana2LiteEdit(prompt="x", image_urls=paths)
    NanoBanana2LiteEdit(prompt="x", image_urls=["https://example.com/a.png", Path("b.png"), LocalFile("c.png")])
