"""A minimal API by its documentation, with the standard library only. It shares no code with the simulator."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

PNG: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc000000301010018dd8db00000000049454e44ae426082"
)


class FakeAPI:
    """The recorded calls. With `echo`, each response contains the token."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, Any]] = []
        self.tokens: set[str] = set()
        self.tokens_for_files: set[str] = set()
        self.refuse: tuple[int, dict[str, Any]] | None = None
        self.lock = threading.Lock()
        self.base_url = ""

    def answer(self, method: str, path: str, token: str, body: bytes) -> tuple[int, bytes]:
        """Respond to a call."""
        echo = f"you sent {token}"
        if path == "/out.png":
            self.tokens_for_files.add(token)
            return 200, PNG
        with self.lock:
            self.tokens.add(token)
            if method == "POST" and path.startswith("/v1/models/"):
                self.posts.append((path.removeprefix("/v1/models/"), json.loads(body)))
                if self.refuse is not None:
                    return self.refuse[0], json.dumps({**self.refuse[1], "message": echo}).encode()
                return 200, json.dumps({"request_id": f"req-{len(self.posts)}", "status_url": "", "echo": echo}).encode()
        request_id = path.split("/")[3]
        if path.endswith("/status"):
            return 200, json.dumps({"request_id": request_id, "status": "completed"}).encode()
        output = {"image": f"{self.base_url}/out.png", "note": echo}
        result = {"request_id": request_id, "status": "succeeded", "output": output, "cost": 0.25}
        return 200, json.dumps(result).encode()


@contextmanager
def fake_api() -> Iterator[FakeAPI]:
    """Serve the API on a port of this machine."""
    api = FakeAPI()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.work()

        def do_POST(self) -> None:
            self.work()

        def work(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            status, content = api.answer(self.command, self.path.partition("?")[0], token, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
