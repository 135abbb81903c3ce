"""Connections belong to one process and one event loop; a stalling server ends in a timeout. Over real sockets."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client._http import transport
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.client import RunComfy
from runcomfy_client.downloads import DownloadLimits
from runcomfy_client.errors import ConfigurationError, DownloadError, RunComfyError, SubmitUnknown, WaitTimeout
from runcomfy_client.policy import Policy

from tests.runtime.harness import TOKEN, Film

Reply = Callable[[socket.socket, str, bytes], None]


def http_response(connection: socket.socket, body: dict[str, Any]) -> None:
    data = json.dumps(body).encode()
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(data), data))


@contextmanager
def listening(respond: Reply) -> Iterator[tuple[str, list[str]]]:
    """Run a server that keeps connections open and calls `say` for each request; yield its address and the requested paths."""
    seen: list[str] = []
    over = threading.Event()

    def talk(connection: socket.socket) -> None:
        with connection:
            data = b""
            while not over.is_set():
                while b"\r\n\r\n" not in data:
                    more = connection.recv(65536)
                    if not more:
                        return
                    data += more
                head, _, data = data.partition(b"\r\n\r\n")
                length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
                while len(data) < length:
                    data += connection.recv(65536)
                body, data = data[:length], data[length:]
                path = head.split(b" ")[1].decode()
                seen.append(path)
                try:
                    respond(connection, path, body)
                except OSError:
                    return

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)


def echo(connection: socket.socket, _path: str, body: bytes) -> None:
    time.sleep(0.05)  # both submits must be in flight at the same time
    http_response(connection, {"request_id": "job-of-" + json.loads(body)["prompt"]})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_after_a_fork_each_process_gets_its_own_responses() -> None:
    with listening(echo) as (url, _seen), RunComfy(TOKEN, base_url=url) as client:
        client.submit(Film(prompt="warm"))
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            got = client.submit(Film(prompt="child")).request_id
            os.write(writing, got.encode())
            os._exit(0)
        assert client.submit(Film(prompt="parent")).request_id == "job-of-parent"
        os.waitpid(child, 0)
        assert os.read(reading, 100) == b"job-of-child"


def test_a_client_works_on_the_next_event_loop_after_the_last_one_closed() -> None:
    with listening(echo) as (url, seen):
        client = AsyncRunComfy(TOKEN, base_url=url)

        async def submit(client: AsyncRunComfy, name: str) -> str:
            return (await client.submit(Film(prompt=name))).request_id

        with warnings.catch_warnings():  # about connections that a closed loop has left open
            warnings.simplefilter("ignore", ResourceWarning)
            assert [asyncio.run(submit(client, name)) for name in ("a", "b")] == ["job-of-a", "job-of-b"]
            del client
            gc.collect()
    assert len(seen) == 2


def test_using_a_client_on_two_event_loops_at_once_is_an_error() -> None:
    async def submit(client: AsyncRunComfy) -> None:
        await client.submit(Film(prompt="a"))
        output: list[BaseException] = []

        def elsewhere() -> None:
            try:
                asyncio.run(_submit(client))
            except ConfigurationError as error:
                output.append(error)

        await asyncio.to_thread(elsewhere)
        assert "event loop" in str(output[0])

    async def _submit(client: AsyncRunComfy) -> None:
        await client.submit(Film(prompt="b"))

    async def main(url: str) -> None:
        async with AsyncRunComfy(TOKEN, base_url=url) as client:
            await submit(client)

    with listening(echo) as (url, seen):
        asyncio.run(main(url))
    assert len(seen) == 1


def send_slowly(connection: socket.socket, start: bytes, crumb: bytes) -> None:
    connection.sendall(start)
    while True:
        connection.sendall(crumb)
        time.sleep(0.02)


DRIPS = {
    "header": (b"HTTP/1.1 200 OK\r\nx-a: ", b"a"),
    "early hints": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "chunk extension": (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;x=", b"a"),
}


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("crumbs", DRIPS)
@pytest.mark.parametrize("call", ["submit", "status", "file"])
def test_slow_headers_do_not_outlast_the_timeout(kind: str, crumbs: str, call: str, tmp_path: Path) -> None:
    """The timeout of a single read never expires, since bytes arrive."""

    def respond(connection: socket.socket, path: str, _body: bytes) -> None:
        name = "submit" if path.startswith("/v1/models/") else path.rpartition("/")[2]
        if name == call:
            send_slowly(connection, *DRIPS[crumbs])
        elif name == "result":
            http_response(connection, {"status": "succeeded", "output": {"video": f"{url}/file"}})
        else:
            http_response(connection, {"request_id": "r-1", "status": "completed"})

    policy = Policy(poll_initial=0.01, submit_grace_period=0.1, cancel_timeout=0.1)
    limits = DownloadLimits(window=0.1, max_attempts=1)
    wanted: dict[str, type[RunComfyError]] = {"submit": SubmitUnknown, "status": WaitTimeout, "file": DownloadError}
    with listening(respond) as (url, seen), pytest.raises(wanted[call]):
        if kind == "sync":
            with RunComfy(TOKEN, base_url=url, http_timeout=0.4, policy=policy) as client:
                client.run(Film(prompt="x"), timeout=1.0).save(tmp_path, timeout=1.0, limits=limits)
        else:

            async def main() -> None:
                async with AsyncRunComfy(TOKEN, base_url=url, http_timeout=0.4, policy=policy) as client:
                    await (await client.run(Film(prompt="x"), timeout=1.0)).save(tmp_path, timeout=1.0, limits=limits)

            asyncio.run(main())
    assert sum(path.startswith("/v1/models/") for path in seen) == 1
    assert not list(tmp_path.iterdir())


def test_a_redirect_to_an_invalid_url_is_an_error(tmp_path: Path) -> None:
    def respond(connection: socket.socket, path: str, _body: bytes) -> None:
        if path == "/file":
            connection.sendall(b"HTTP/1.1 302 Found\r\nlocation: http://[::1\r\ncontent-length: 0\r\n\r\n")
        else:
            http_response(connection, {"status": "succeeded", "output": {"video": f"{url}/file"}})

    with listening(respond) as (url, _seen), RunComfy(TOKEN, base_url=url) as client:
        result = client.job("r-1").result()
        with pytest.raises(DownloadError, match="redirected to something that is not a URL"):
            result.save(tmp_path)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_slow_connect_and_a_slow_response_are_not_a_hang(kind: str) -> None:
    """The timeout applies to each step: connecting, headers and body."""

    def respond(connection: socket.socket, path: str, _body: bytes) -> None:
        data = json.dumps({"request_id": "r-1", "status": "completed"}).encode()
        time.sleep(0.3)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(data))
        time.sleep(0.3)
        connection.sendall(data)

    policy = Policy(poll_initial=0.01)
    with listening(respond) as (url, seen):
        if kind == "sync":
            with RunComfy(TOKEN, base_url=url, http_timeout=0.45, policy=policy) as client:
                assert client.submit(Film(prompt="x")).request_id == "r-1"
                assert next(client.job("r-1").updates(timeout=3)).state == "completed"
        else:

            async def main() -> None:
                async with AsyncRunComfy(TOKEN, base_url=url, http_timeout=0.45, policy=policy) as client:
                    assert (await client.submit(Film(prompt="x"))).request_id == "r-1"
                    assert (await anext(client.job("r-1").updates(timeout=3))).state == "completed"

            asyncio.run(main())
    assert len(seen) == 2


def test_abandoned_calls_release_their_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """They hold their connections while the server sends slowly."""
    monkeypatch.setitem(transport.CONNECTIONS, "Client", 2)
    monkeypatch.setattr(transport, "_MAX_ABANDONED", 2)
    well = threading.Event()

    def respond(connection: socket.socket, path: str, _body: bytes) -> None:
        if well.is_set():
            http_response(connection, {"balance_usd": 3})
        else:
            send_slowly(connection, *DRIPS["header"])

    with (
        listening(respond) as (url, _seen),
        RunComfy(TOKEN, base_url=url, http_timeout=0.1, policy=Policy(max_attempts=1)) as client,
    ):
        for _ in range(2):
            with pytest.raises(RunComfyError):
                client.balance()
        well.set()
        assert client.balance().usd == 3
