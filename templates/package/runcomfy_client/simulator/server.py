"""A threaded HTTP/1.1 server, for clients in other processes and other languages."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING, Any, Final, Self, cast

from runcomfy_client.simulator.responses import Break, Pause, SimulatedResponse, chunks, error_response

if TYPE_CHECKING:
    from runcomfy_client.simulator.core import Simulator

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
CLOSE_TIMEOUT: Final = 5.0
"""Seconds to wait for connections to end when the server closes."""


class Server:
    """A server that listens from its construction until it is closed. Use it as a context manager."""

    def __init__(self, simulator: Simulator, *, host: str, port: int) -> None:
        self._listener = _Listener((host, port), simulator)
        self.base_url: str = f"http://{host}:{self._listener.server_address[1]}"
        """The base URL for clients."""
        self._thread = Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening, close all connections, and wait until they have ended."""
        self._listener.stopping.set()
        self._listener.shutdown()
        self._listener.break_connections()
        self._listener.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Listener(ThreadingHTTPServer):
    """Accepts connections, and can close them all."""

    daemon_threads = True  # so that a process that does not close the server can exit
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], simulator: Simulator) -> None:
        self.simulator = simulator
        self.stopping = Event()
        self._open: set[socket.socket] = set()
        self._changed = Condition()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # HTTPServer.server_bind resolves the host name, which can take seconds
        TCPServer.server_bind(self)
        host, port = self.server_address[:2]
        self.server_name, self.server_port = str(host), int(port)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def break_connections(self) -> None:
        """Close all connections, so that threads that wait for a client wake up, and wait until they have ended."""
        with self._changed:
            for connection in self._open:
                _break(connection)
            self._changed.wait_for(lambda: not self._open, timeout=CLOSE_TIMEOUT)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # a client that closes the connection is not an error
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Reads the calls of one connection, and writes the responses."""

    protocol_version = "HTTP/1.1"
    server_version = "RunComfySimulator"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024

    def _respond(self) -> None:
        listener = cast(_Listener, self.server)
        body = self._read_body()
        if isinstance(body, SimulatedResponse):
            self.close_connection = True
            return self._write(body, listener)
        host, port = listener.server_address[:2]
        origin = f"http://{self.headers.get('Host') or f'{host!s}:{port}'}"
        self._write(
            listener.simulator.handle(self.command, self.path, headers=dict(self.headers), body=body, origin=origin), listener
        )

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _respond

    def _read_body(self) -> bytes | SimulatedResponse:
        if "Transfer-Encoding" in self.headers:
            return error_response(411000, "send the body with a Content-Length", status=411)
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            return error_response(400000, "the Content-Length is not a number", status=400)
        if int(length) > MAX_BODY_BYTES:
            return error_response(413000, f"the body is larger than {MAX_BODY_BYTES} bytes", status=413)
        return self.rfile.read(int(length))

    def _write(self, response: SimulatedResponse, listener: _Listener) -> None:
        if not self._wait(response.delivery.wait, listener) or response.delivery.lost:
            return self._close_connection()
        self.send_response_only(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in response.headers or self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        for piece in chunks(response):
            match piece:
                case bytes():
                    self.wfile.write(piece)
                case Pause(seconds):
                    self.wfile.flush()
                    if not self._wait(seconds, listener):
                        return self._close_connection()
                case Break():
                    self.wfile.flush()
                    return self._close_connection()

    def _wait(self, seconds: float, listener: _Listener) -> bool:
        """Wait. Return False if the server is closing."""
        if not seconds:
            return True
        if sleep := listener.simulator.sleep:
            sleep(seconds)
            return True
        return not listener.stopping.wait(seconds)

    def _close_connection(self) -> None:
        self.close_connection = True
        _break(self.connection)

    def log_message(self, format: str, *args: Any) -> None:
        """Do not log: the simulator records the calls."""


def _break(connection: socket.socket) -> None:
    with suppress(OSError):  # the client has closed it already
        connection.shutdown(socket.SHUT_RDWR)
