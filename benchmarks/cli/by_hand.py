"""What `run` does up to the connection, written by hand: two options, checked inputs, a client with certificates, a call."""

from __future__ import annotations

import os

import click
import httpx
import pydantic


class Inputs(pydantic.BaseModel):
    """The inputs of the model."""

    prompt: str
    start_image_url: str


@click.command()
@click.option("--prompt")
@click.option("--start-image-url")
def run(prompt: str, start_image_url: str) -> None:
    """Run the model."""
    inputs = Inputs(prompt=prompt, start_image_url=start_image_url)
    with httpx.Client(headers={"Authorization": f"Bearer {os.environ['RUNCOMFY_API_TOKEN']}"}) as client:
        try:
            client.post(f"{os.environ['RUNCOMFY_BASE_URL']}/v1/models/kling/kling-3.0", json=inputs.model_dump())
        except httpx.ConnectError as error:
            raise SystemExit(f"error: {error}") from None


run(["--prompt", "Waves.", "--start-image-url", "https://example.com/a.png"])
