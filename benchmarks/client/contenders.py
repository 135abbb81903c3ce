"""One submit and one look at a job, written in each of the ways that are compared. A peer that is not installed is left out."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from runcomfy_client import RunComfy
from runcomfy_client.models import Kling3_0StandardImageToVideo as Clip

TOKEN = "benchmark-0815"
MODEL = Clip.MODEL_ID
INPUTS: dict[str, Any] = {
    "prompt": "Waves break below a cliff at golden hour; the camera dollies in.",
    "start_image_url": "https://example.com/photo.png",
    "duration": 5,
    "cfg_scale": 0.5,
}


@dataclass(frozen=True, slots=True)
class Contender:
    """A way to submit and to look at a job; what it returns is thrown away."""

    name: str
    submit: Callable[[], object]
    poll: Callable[[], object]


def by_hand(base_url: str) -> Contender:
    """Hand-written httpx, as in a tutorial."""
    http = httpx.Client(timeout=60)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    url = f"{base_url}/v1/models/{MODEL}"

    def submit() -> str:
        response = http.post(url, json=INPUTS, headers=headers)
        response.raise_for_status()
        return str(response.json()["request_id"])

    status_url = f"{base_url}/v1/requests/{submit()}/status"

    def poll() -> str:
        response = http.get(status_url, headers=headers)
        response.raise_for_status()
        return str(response.json()["status"])

    return Contender("httpx by hand", submit, poll)


def ours(base_url: str) -> Contender:
    """This package: a validated request, submitted, and its job."""
    client = RunComfy(TOKEN, base_url=base_url)
    job = client.submit(Clip(**INPUTS))
    return Contender("runcomfy-client", lambda: client.submit(Clip(**INPUTS)), job.status)


def peers(base_url: str) -> list[Contender]:
    """Those of the other clients that are installed."""
    found = []
    for make in (_fal, _replicate, _runway):
        try:
            found.append(make(base_url))
        except ImportError:
            continue
    return found


def _fal(base_url: str) -> Contender:
    os.environ["FAL_KEY"] = TOKEN
    from fal_client import client as fal  # type: ignore[import-not-found]  # a peer, installed for the benchmark alone

    fal.QUEUE_URL_FORMAT = f"{base_url}/"
    client = fal.SyncClient(key=TOKEN)
    return Contender("fal-client", lambda: client.submit("a/b", arguments=INPUTS), lambda: client.status("a/b", "r-1"))


def _replicate(base_url: str) -> Contender:
    from replicate.client import Client  # type: ignore[import-not-found]  # a peer, installed for the benchmark alone

    client = Client(api_token=TOKEN, base_url=base_url)
    return Contender(
        "replicate", lambda: client.predictions.create(version="v", input=INPUTS), lambda: client.predictions.get("r-1")
    )


def _runway(base_url: str) -> Contender:
    from runwayml import RunwayML  # type: ignore[import-not-found]  # a peer, installed for the benchmark alone

    client = RunwayML(api_key=TOKEN, base_url=base_url)
    inputs = {
        "model": "gen4_turbo",
        "prompt_image": INPUTS["start_image_url"],
        "prompt_text": INPUTS["prompt"],
        "ratio": "1280:720",
        "duration": 5,
    }
    return Contender("runwayml", lambda: client.image_to_video.create(**inputs), lambda: client.tasks.retrieve("r-1"))
