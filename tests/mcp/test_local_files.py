"""Local files as inputs of agents: files below allowed folders are uploaded before the paid call; no others are readable."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client import AsyncRunComfy
from runcomfy_client.files import MediaFile
from runcomfy_client.mcp.server import AgentServer
from runcomfy_client.mcp.settings import ServerSettings
from runcomfy_client.quotes.book import LEDGER_NAME
from runcomfy_client.quotes.budget import Budget
from runcomfy_client.simulator import Simulator

from tests.files.harness import png
from tests.mcp.harness import GOOD, KLING, NEVER, QUICK, ToolClient, connected_client, simulate, submits


class MemoryHost:
    """A media host that stores files in memory, under the host of the simulated API."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.files: dict[str, bytes] = {}

    async def put(self, file: MediaFile, *, lifetime: float) -> str:
        """Store a file, and return a link to it."""
        self.files[file.key] = b"".join(file.chunks())
        return f"{self.base_url}/bucket/{file.key}?signature=s3cret"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an allowed folder with a photo, next to a secret file."""
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    (allowed / "photo.png").write_bytes(png())
    (tmp_path / "secret.png").write_bytes(png(1))
    (allowed / "link.png").symlink_to(tmp_path / "secret.png")
    (allowed / "inner").mkdir()
    return allowed


def run(simulator: Simulator, folder: Path, use: Callable[[ToolClient], Any], *, allow: bool = True, media: bool = True) -> Any:
    """Run a server that may read the folder, and call its tools."""

    async def main() -> Any:
        shelf = MemoryHost(simulator.base_url)
        async with simulator.async_http_client() as http:
            options: dict[str, Any] = {"base_url": simulator.base_url, "policy": QUICK, "cancel_queued": False}
            async with AsyncRunComfy("test-token", http_client=http, media=shelf if media else None, **options) as client:
                settings = ServerSettings(
                    out=folder.parent / "out", budget=Budget(max_submits=9), confirm=NEVER, files=(folder,) if allow else ()
                )
                server = AgentServer(client, settings)
                try:
                    async with connected_client(server) as call:
                        return await use(call)
                finally:
                    await server.close()

    return asyncio.run(main())


@pytest.mark.parametrize("name", ["photo.png", "inner/../photo.png", "{folder}/photo.png"])
def test_an_allowed_file_is_uploaded_and_sent_as_a_link(name: str, folder: Path) -> None:
    simulator = simulate()

    async def use(call: ToolClient) -> Any:
        inputs = {**GOOD, "start_image_url": name.format(folder=folder)}
        quoted = await call("quote", model=KLING, inputs=inputs)
        assert quoted["quote_id"] and submits(simulator) == 0
        first = await call("submit", quote_id=quoted["quote_id"])
        assert (await call("submit", quote_id=quoted["quote_id"]))["request_id"] == first["request_id"]
        return first

    output = run(simulator, folder, use)
    assert output["state"] == "submitted", output
    assert len(simulator.accepted) == 1 and simulator.accepted[0].inputs["start_image_url"].startswith(
        f"{simulator.base_url}/bucket/"
    )
    with sqlite3.connect(folder.parent / "out" / LEDGER_NAME) as database:
        assert "s3cret" not in "".join(database.iterdump())
    database.close()


@pytest.mark.parametrize(
    "name",
    [
        "../secret.png",
        "{folder}/../secret.png",
        "link.png",
        "/etc/passwd",
        "no-such-file.png",
        "inner",
        "~/photo.png",
        "file:///etc/passwd",
        "FILE:secret.png",
        "inner/../../secret.png",
    ],
)
def test_only_allowed_files_are_readable(name: str, folder: Path) -> None:
    simulator = simulate()

    async def use(call: ToolClient) -> Any:
        return await call.result("quote", model=KLING, inputs={**GOOD, "start_image_url": name.format(folder=folder)})

    found = run(simulator, folder, use)
    assert found.is_error
    (problem,) = found.structured_content["problems"]
    assert problem["field"] == "start_image_url" and "--files" in problem["message"]


def test_a_path_inside_an_object_must_be_in_an_allowed_folder(folder: Path) -> None:
    async def use(call: ToolClient) -> Any:
        elements = [{"frontal_image_url": "photo.png", "reference_image_urls": ["photo.png", "../secret.png"]}]
        return await call.result("quote", model=KLING, inputs={**GOOD, "elements": elements})

    found = run(simulate(), folder, use)
    assert [one["field"] for one in found.structured_content["problems"]] == ["elements[0].reference_image_urls[1]"]


def test_without_folders_paths_are_rejected(folder: Path) -> None:
    async def use(call: ToolClient) -> Any:
        return await call.result("quote", model=KLING, inputs={**GOOD, "start_image_url": str(folder / "photo.png")})

    found = run(simulate(), folder, use, allow=False)
    assert found.is_error and found.structured_content["problems"][0]["field"] == "start_image_url"


def test_without_a_bucket_the_error_names_the_alternatives(folder: Path) -> None:
    async def use(call: ToolClient) -> Any:
        return await call.result("quote", model=KLING, inputs={**GOOD, "start_image_url": "photo.png"})

    found = run(simulate(), folder, use, media=False)
    assert found.is_error and "RUNCOMFY_MEDIA" in found.structured_content["next_step"]


def test_a_file_that_changed_after_the_quote_is_not_sent(folder: Path) -> None:
    simulator = simulate()

    async def use(call: ToolClient) -> Any:
        quoted = await call("quote", model=KLING, inputs={**GOOD, "start_image_url": "photo.png"})
        (folder / "photo.png").write_bytes(png(2))
        return await call.result("submit", quote_id=quoted["quote_id"])

    found = run(simulator, folder, use)
    assert found.is_error and found.structured_content["state"] == "not sent" and submits(simulator) == 0
