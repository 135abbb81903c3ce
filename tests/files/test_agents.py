"""An agent's local files are quoted, uploaded to a real S3 server, fetched by the simulator, and submitted once."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client.quotes.book import LEDGER_NAME
from runcomfy_client.simulator import Simulator

from tests.files.harness import KLING, SECRET, Bucket, png
from tests.mcp.harness import ERAS, NEVER, connected_client, running_server


@pytest.mark.parametrize("era", ERAS)
def test_an_agents_file_is_uploaded_to_a_real_bucket(
    era: str, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    photos, out = tmp_path / "photos", tmp_path / "out"
    photos.mkdir()
    (photos / "photo.png").write_bytes(png())
    simulator = Simulator(seconds_in_queue=0, seconds_running=0, fetch_media=True)

    async def live() -> list[Any]:
        async with running_server(simulator, out, confirm=NEVER, files=(photos,)) as server, connected_client(server, era) as call:
            inputs = {"prompt": "Snow falls.", "start_image_url": "photo.png"}
            quoted = await call("quote", model=KLING, inputs=inputs)
            assert not bucket.keys()  # a quote uploads nothing
            output = await asyncio.gather(*[call("submit", quote_id=quoted["quote_id"]) for _ in range(3)])
            return [quoted, *output, await call("job", request_id=output[0]["request_id"], wait=20)]

    *output, done = asyncio.run(live())
    assert done["state"] == "succeeded", done
    (job,) = simulator.accepted
    assert len(bucket.keys()) == 1 and "X-Amz-Signature" in job.inputs["start_image_url"]
    with sqlite3.connect(out / LEDGER_NAME) as database:
        kept = "".join(database.iterdump())
    database.close()
    for secret in ("X-Amz-Signature", SECRET):
        assert secret not in str([*output, done]) and secret not in kept
