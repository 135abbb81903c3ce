"""Storage servers that fail, throttle or hang cause an error within the timeout that names the file, and no submit."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client import BucketHost
from runcomfy_client.errors import UploadFailed

from tests.files.harness import KEY_ID, SECRET, png, run, text_of


class BadServer(http.server.BaseHTTPRequestHandler):
    """A server that sends the same response to every call, or none."""

    status = 503
    stall = False
    calls = 0

    def _answer(self) -> None:
        type(self).calls += 1
        if self.stall:
            self.server.released.wait(60)  # type: ignore[attr-defined]
            return
        body = b"<Error><Code>SlowDown</Code><Message>canary-secret-key-4711 again</Message></Error>"
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_PUT = do_HEAD = do_POST = _answer

    def log_message(self, *_args: Any) -> None:
        return


@contextmanager
def bad_server(**how: Any) -> Iterator[tuple[str, Any]]:
    handler = type("Handler", (BadServer,), {"calls": 0, **how})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.released = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler
    finally:
        server.released.set()  # type: ignore[attr-defined]
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"status": 503}, "could not be uploaded"),
        ({"status": 429}, "could not be uploaded"),
        ({"status": 403}, "denies access"),
        ({"status": 301}, "could not be uploaded"),
        ({"stall": True}, "within 2 s"),
    ],
)
def test_a_bad_server_causes_no_submit_and_the_error_names_the_file(how: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(png())
    with bad_server(**how) as (endpoint, handler):
        config = {"endpoint": endpoint, "access_key_id": KEY_ID, "secret_access_key": SECRET, "region": "us-east-1"}
        began = time.monotonic()
        simulator, error = run(BucketHost("s3://bucket/x", config=config), image=path, timeout=2 if how.get("stall") else 30)
    assert isinstance(error, UploadFailed) and message in str(error) and str(path) == error.path and str(path) in str(error)
    assert "othing was submitted" in str(error) and not simulator.calls and handler.calls
    assert time.monotonic() - began < 40 and SECRET not in text_of(error)


def test_a_server_that_does_not_exist(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(png())
    config = {"endpoint": "http://127.0.0.1:9", "access_key_id": KEY_ID, "secret_access_key": SECRET, "region": "us-east-1"}
    simulator, error = run(BucketHost("s3://bucket/x", config=config), image=path)
    assert isinstance(error, UploadFailed) and "cannot be reached" in str(error) and not simulator.calls
