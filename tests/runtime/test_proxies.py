"""A proxy from the environment: calls use it, it sees no secret, and a call that it rejects was not sent."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from runcomfy_client._core.protocol.no_proxy import bypasses_proxy
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.client import RunComfy
from runcomfy_client.errors import ConfigurationError, ConnectionFailed
from runcomfy_client.policy import Policy

from tests.runtime.harness import TOKEN, AsyncFakeClock, FakeClock, Film


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """Run a proxy that records and rejects all requests."""
    output: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                output.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.getsockname()[1]}")
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield output
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def submit(kind: str, base_url: str) -> None:
    options: dict[str, Any] = {"token": TOKEN, "base_url": base_url, "policy": Policy(max_attempts=2)}
    if kind == "sync":
        with RunComfy(**options, clock=FakeClock()) as client:
            client.submit(Film(prompt="x"))
        return

    async def main() -> None:
        async with AsyncRunComfy(**options, clock=AsyncFakeClock()) as client:
            await client.submit(Film(prompt="x"))

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_submit_rejected_by_a_proxy_is_not_unknown(kind: str, proxy: list[bytes]) -> None:
    with pytest.raises(ConnectionFailed, match="ProxyError"):
        submit(kind, "https://api.example.com")
    assert [line.split()[:2] for line in proxy] == [[b"CONNECT", b"api.example.com:443"]] * 2
    assert not any(TOKEN.encode() in line for line in proxy)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_loopback_is_reached_without_the_proxy(kind: str, proxy: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(ConnectionFailed, match="ConnectError"):
        submit(kind, f"http://127.0.0.1:{port}")
    assert proxy == []


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize(
    ("name", "value"),
    [("HTTPS_PROXY", "ftp://127.0.0.1:9"), ("ALL_PROXY", "socks5://127.0.0.1:9"), ("SSL_CERT_FILE", "/there/is/no/such/file")],
)
def test_an_invalid_proxy_environment_is_rejected_before_anything_is_sent(
    kind: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)
    monkeypatch.setenv(name, value)
    monkeypatch.setitem(sys.modules, "socksio", None)
    with pytest.raises(ConfigurationError, match=r"No HTTP client can be set up.*\n.*in the environment"):
        submit(kind, "https://api.example.com")


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize(
    "no_proxy", ["localhost,127.0.0.1,::1,[::1]", "10.0.0.0/8,fd00::/8", "[::1]:8080,,  ,*.internal,:,/,[", "http://[::1]"]
)
def test_any_no_proxy_is_accepted(kind: str, no_proxy: str, proxy: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy)
    with pytest.raises(ConnectionFailed, match="ProxyError"):
        submit(kind, "https://api.example.com")
    assert proxy


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_host_that_no_proxy_names_is_reached_without_the_proxy(
    kind: str, proxy: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "example.invalid, [::1]")
    with pytest.raises(ConnectionFailed, match="ConnectError"):
        submit(kind, "https://api.example.invalid")
    assert proxy == []


@pytest.mark.parametrize(
    ("host", "no_proxy", "bypassed"),
    [
        ("api.example.com", "*", True),
        ("api.example.com", "example.com", True),
        ("api.example.com", ".example.com", True),
        ("api.example.com", "*.example.com", True),
        ("api.example.com", " API.Example.Com ", True),
        ("api.example.com", "api.example.com:443", True),
        ("api.example.com", "api.example.com:8443", False),
        ("api.example.com", "https://example.com", True),
        ("api.example.com", "ample.com", False),
        ("api.example.com", "10.0.0.0/8,::1,,", False),
        ("api.example.com", "", False),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("[::1]", "[::1]", True),
        ("::1", "[::1]:443", True),
        ("::1", "[::1]:80", False),
        ("::1", "::1", True),
        ("fd00::5", "fd00::/8", True),
    ],
)
def test_no_proxy_names_hosts_addresses_and_networks(host: str, no_proxy: str, bypassed: bool) -> None:
    assert bypasses_proxy(host, 443, no_proxy) is bypassed
