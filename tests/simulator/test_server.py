"""The server: HTTP/1.1 with persistent connections, and faults that break them."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest
from runcomfy_client.simulator import Delay, Drip, Drop, Endless, Fault, HalfBody, Simulator, Unreachable
from runcomfy_client.simulator.faults import Effect
from runcomfy_client.simulator.server import MAX_BODY_BYTES, Server

from tests.simulator.conftest import Build
from tests.simulator.schema_documents import FILM, GOOD, TOKEN

SUBMIT = f"/v1/models/{FILM['model_id']}"


@pytest.fixture
def served(build: Build) -> Iterator[tuple[Simulator, Server]]:
    sim = build(seconds_in_queue=0, seconds_running=0)
    with sim.serve() as server:
        yield sim, server


def test_a_complete_job_over_one_connection(served: tuple[Simulator, Server]) -> None:
    sim, server = served
    address = urlsplit(server.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    try:
        connection.request("POST", SUBMIT, json.dumps(GOOD), TOKEN)
        links = json.loads(connection.getresponse().read())
        first = connection.sock
        assert links["result_url"].startswith(server.base_url)
        connection.request("GET", urlsplit(links["result_url"]).path, headers=TOKEN)
        film = json.loads(connection.getresponse().read())["output"]["video"]
        connection.request("HEAD", urlsplit(film).path)
        head = connection.getresponse()
        assert head.read() == b""
        connection.request("GET", urlsplit(film).path, headers={"Range": "bytes=4-7"})
        assert connection.getresponse().read() == b"ftyp"
        assert connection.sock is first, "the connection stayed open"
    finally:
        connection.close()
    assert [call.point for call in sim.calls] == ["submit", "result", "download", "download"]
    assert len(sim.accepted) == 1


def test_transport_and_server_share_one_simulator(served: tuple[Simulator, Server]) -> None:
    sim, server = served
    links = httpx.post(f"{server.base_url}{SUBMIT}", json=GOOD, headers=TOKEN).json()
    inside = sim.http_client().get(f"{sim.base_url}/v1/requests/{links['request_id']}/result", headers=TOKEN).json()
    assert inside["output"]["video"].startswith("https://simulator.invalid/files/")


def test_urls_use_the_name_that_the_client_used(served: tuple[Simulator, Server]) -> None:
    _, server = served
    port = urlsplit(server.base_url).port
    links = httpx.post(f"{server.base_url}{SUBMIT}", json=GOOD, headers={**TOKEN, "Host": f"localhost:{port}"}).json()
    assert links["status_url"].startswith(f"http://localhost:{port}/")


@pytest.mark.parametrize("effect", [Unreachable(), Drop(accepted=False), Drop(accepted=True), HalfBody()])
def test_a_broken_call_is_an_error(build: Build, effect: Effect) -> None:
    sim = build(faults=[Fault("submit", effect)])
    with sim.serve() as server, httpx.Client(base_url=server.base_url, headers=TOKEN) as client:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            client.post(SUBMIT, json=GOOD)
        assert len(sim.accepted) == (effect in (Drop(accepted=True), HalfBody()))
        assert client.post(SUBMIT, json=GOOD).status_code == 200


def test_a_body_can_be_slow_or_endless(build: Build) -> None:
    """Slow bodies use the simulator's clock."""
    sim = build(faults=[Fault("catalog", Endless()), Fault("catalog", Drip(100))])
    taken = 0
    with sim.serve() as server, httpx.stream("GET", f"{server.base_url}/v1/models", headers=TOKEN) as answer:
        assert "content-length" not in answer.headers
        for piece in answer.iter_raw():
            taken += len(piece)
            if taken > 100_000:
                break


def test_closing_does_not_wait_for_clients(build: Build) -> None:
    """One client has an idle connection, another waits an hour for its response."""
    sim = build(clock=time.monotonic, faults=[Fault("catalog", Delay(3600))])
    broken = threading.Event()

    def wait() -> None:
        try:
            httpx.get(f"{server.base_url}/v1/models", headers=TOKEN, timeout=None)
        except httpx.TransportError:
            broken.set()

    with sim.serve() as server, httpx.Client(base_url=server.base_url, headers=TOKEN) as idle:
        assert idle.get("/prod/v2/balance").status_code == 200
        waiting = threading.Thread(target=wait)
        waiting.start()
        while not any(call.point == "catalog" for call in sim.calls):
            time.sleep(0)
        server.close()
    waiting.join(10)
    assert broken.is_set()


def test_many_threads_are_counted_exactly(served: tuple[Simulator, Server]) -> None:
    sim, server = served

    def submit(_: int) -> str:
        request_id: str = httpx.post(f"{server.base_url}{SUBMIT}", json=GOOD, headers=TOKEN).json()["request_id"]
        return request_id

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(submit, range(40)))
    assert len(set(ids)) == 40
    assert {job.request_id for job in sim.accepted} == set(ids)
    assert len(sim.calls) == 40


def raw(server: Server, text: bytes) -> bytes:
    """Send raw bytes, and read until the server closes the connection."""
    address = urlsplit(server.base_url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(text)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"Transfer-Encoding: chunked", b"411"),
        (b"Content-Length: -1", b"400"),
        (b"Content-Length: ten", b"400"),
        (b"Content-Length: %d" % (MAX_BODY_BYTES + 1), b"413"),
    ],
)
def test_bodies_of_unknown_or_excessive_length_are_rejected(
    served: tuple[Simulator, Server], headers: bytes, status: bytes
) -> None:
    sim, server = served
    answer = raw(server, b"POST /v1/models/acme/picture HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n" + headers + b"\r\n\r\n")
    assert answer.split()[1] == status
    assert b"Connection: close" in answer
    assert sim.accepted == ()


def test_the_port_is_free_again(build: Build) -> None:
    sim = build()
    with sim.serve() as server:
        port = urlsplit(server.base_url).port or 0
        with pytest.raises(OSError):
            sim.serve(port=port)
    with sim.serve(port=port) as server:
        assert server.base_url.endswith(f":{port}")
