"""HTTP clients of libraries other than httpx: paid calls are equally safe, and files are complete, over real connections."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import httpx2
import httpx_aiohttp
import pytest
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.client import RunComfy
from runcomfy_client.errors import ConnectionFailed, SubmitUnknown
from runcomfy_client.policy import Policy
from runcomfy_client.result import AsyncResult, Result

from tests.runtime.harness import AsyncFakeClock, FakeClock, Film

FILM = b"film" * 1000


def read_request(connection: socket.socket) -> bytes:
    """Read one request, with its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def listening(respond: Callable[[bytes], bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """Run a server that responds to each request with the result of `say` and closes; yield its address and the requests."""
    seen: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                request = read_request(connection)
                seen.append(request)
                connection.sendall(respond(request))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", seen
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def http(body: bytes, kind: str = "application/json") -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n%s" % (kind.encode(), len(body), body)


def talk(library: str, base_url: str, use: Callable[[Any], Any]) -> Any:
    """Call `use` with a client that has the HTTP client of a library, and await its result if necessary."""
    options: dict[str, Any] = {"token": "canary-token-4711", "base_url": base_url, "policy": Policy(max_attempts=3)}
    if library == "httpx2":
        with httpx2.Client() as own, RunComfy(**options, clock=FakeClock(), http_client=own) as client:  # type: ignore[arg-type]  # has its interface
            return use(client)

    async def main() -> Any:
        kind: Any = httpx_aiohttp.HttpxAiohttpClient if library == "httpx-aiohttp" else httpx2.AsyncClient
        async with kind() as own, AsyncRunComfy(**options, clock=AsyncFakeClock(), http_client=own) as client:
            return await use(client)

    return asyncio.run(main())


LIBRARIES = pytest.mark.parametrize("library", ["httpx2", "httpx2 async", "httpx-aiohttp"])
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiohttp", "ignore::DeprecationWarning:httpx_aiohttp")


@LIBRARIES
@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{", b"rubbish\r\n\r\n"])
def test_a_submit_whose_response_is_lost_is_not_sent_again(library: str, said: bytes) -> None:
    with listening(lambda _request: said) as (url, seen), pytest.raises(SubmitUnknown):
        talk(library, url, lambda client: client.submit(Film(prompt="x")))
    assert len(seen) == 1


@LIBRARIES
def test_a_submit_that_was_not_sent_is_retried(library: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(ConnectionFailed) as caught:
        talk(library, f"http://127.0.0.1:{port}", lambda client: client.submit(Film(prompt="x")))
    assert "canary" not in str(caught.value)


@LIBRARIES
def test_a_job_runs_and_its_file_is_fetched_by_its_signed_url(
    library: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def respond(request: bytes) -> bytes:
        if b"signature=s3cret" in request.partition(b"\r\n")[0]:
            return http(FILM, "video/mp4")
        if request.startswith(b"GET") and b"/result" in request:
            return http(b'{"status": "succeeded", "output": {"video": "%s/a.mp4?signature=s3cret"}}' % url.encode())
        return http(b'{"request_id": "r-1", "status": "completed"}') if b"a.mp4" not in request else b"HTTP/1.1 403 No\r\n\r\n"

    async def both(result: Any) -> list[Path]:
        done: AsyncResult[Any] = await result
        return await done.save(tmp_path)

    def use(client: Any) -> Any:
        result = client.run(Film(prompt="x"))
        return result.save(tmp_path) if isinstance(result, Result) else both(result)

    with caplog.at_level(logging.DEBUG), listening(respond) as (url, _seen):
        (path,) = talk(library, url, use)
    assert path.read_bytes() == FILM
    assert "s3cret" not in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize("mistaken", [httpx.ConnectTimeout, httpx.ConnectError, httpx.PoolTimeout])
def test_a_lost_response_reported_as_a_connect_error_is_not_retried(mistaken: type[Exception]) -> None:
    calls = 0

    def http_response(_request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        raise mistaken("server disconnected") from ConnectionResetError()

    with httpx.Client(transport=httpx.MockTransport(http_response)) as own, pytest.raises(SubmitUnknown):
        RunComfy("test", base_url="https://api.example.com", http_client=own, clock=FakeClock()).submit(Film(prompt="x"))
    assert calls == 1
