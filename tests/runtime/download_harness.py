"""Saves files with either client from a scripted server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from runcomfy_client.errors import DownloadError

from tests.runtime.harness import ACCEPTED, DONE, ClientHarness, Film, Reply, ScriptedServer, json_reply, raw_reply

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])
URL = "https://files.example.com/a.mp4?signature=s3cret"
FILM = b"film" * 1000


def save(
    kind: str, folder: Path, *files: Reply, output: Any = None, **options: Any
) -> tuple[list[Path], ScriptedServer, ClientHarness]:
    """Run a job and save its files; `files` are the responses of the file server."""
    result = json_reply(status="succeeded", output=output or {"video": URL})
    server = ScriptedServer(submit=ACCEPTED, status=DONE, result=result, file=list(files) or [raw_reply(FILM)])
    harness = ClientHarness(kind, server)

    def sync(client: Any) -> Any:
        return client.run(Film(prompt="x")).save(folder, **options)

    async def asynchronous(client: Any) -> Any:
        return await (await client.run(Film(prompt="x"))).save(folder, **options)

    return harness.call(sync if kind == "sync" else asynchronous), server, harness


def fail(kind: str, folder: Path, *files: Reply, match: str, **options: Any) -> DownloadError:
    folder.mkdir(exist_ok=True)
    before = sorted(folder.iterdir())
    with pytest.raises(DownloadError, match=match) as caught:
        save(kind, folder, *files, **options)
    assert sorted(folder.iterdir()) == before
    assert caught.value.request_id == "r-1"
    assert "s3cret" not in str(caught.value)
    return caught.value


class EndlessStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """An endless body; `clock` advances with each chunk."""

    def __init__(self, chunk: bytes, clock: Any = None, seconds: float = 0.0) -> None:
        self._chunk, self._clock, self._seconds = chunk, clock, seconds
        self.chunks = 0

    def _next(self) -> bytes:
        self.chunks += 1
        assert self.chunks < 100_000, "the download is not stopped"
        if self._clock:
            self._clock.time += self._seconds
        return self._chunk

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield self._next()

    async def __aiter__(self) -> Any:
        while True:
            yield self._next()
