"""The servers that are measured against, each in a process of its own: the simulator, and one that says the same to everyone."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_SAID: Final[dict[str, Any]] = {
    "request_id": "r-1",
    "id": "r-1",
    "status": "IN_QUEUE",
    "queue_position": 1,
    "status_url": "http://127.0.0.1/",
    "response_url": "http://127.0.0.1/",
    "result_url": "http://127.0.0.1/",
    "cancel_url": "http://127.0.0.1/",
    "model": "a/b",
    "version": "v",
    "input": {},
    "urls": {},
    "createdAt": "2026-01-01T00:00:00Z",
}
"""Fields that any of the clients looks for."""
_WORDS: Final = {"/result": "succeeded", "/v1/requests": "in_queue", "/predictions": "starting", "/tasks": "PENDING"}
"""What each of them calls a job that waits, by a part of its path."""
LARGE: Final = 64 * 1024 * 1024


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lower = head.lower()
            if "content-length:" in lower:
                await reader.readexactly(int(lower.split("content-length:")[1].split("\r\n")[0]))
            target = head.split(" ")[1]
            word = next((word for part, word in _WORDS.items() if part in target), "IN_QUEUE")
            body = b"x" * LARGE if "/large" in target else json.dumps({**_SAID, "status": word}).encode()
            kind = "video/mp4" if "/large" in target else "application/json"
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _serve() -> None:
    server = await asyncio.start_server(_talk, "127.0.0.1", 0, backlog=512)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


@contextmanager
def plain() -> Iterator[str]:
    """Start the server that says the same to everyone; return its base URL."""
    yield from _started([sys.executable, "-m", "benchmarks.client.servers"])


@contextmanager
def simulator(*, in_queue: float = 1e6, running: float = 0.0) -> Iterator[str]:
    """Start the simulator, whose jobs take so many seconds; return its base URL."""
    code = (
        "from runcomfy_client.simulator import Simulator; import time\n"
        f"server = Simulator(seconds_in_queue={in_queue}, seconds_running={running}).serve()\n"
        "print(server.base_url, flush=True); time.sleep(1e6)"
    )
    yield from _started([sys.executable, "-c", code])


def _started(command: list[str]) -> Iterator[str]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
