"""Saving files: only from allowed URLs, within limits, complete or not at all, and never over an existing file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from runcomfy_client._engine.sync import CHUNKS_AHEAD
from runcomfy_client.downloads import DownloadLimits, Progress
from runcomfy_client.errors import DownloadError

from tests.runtime.download_harness import FILM, KINDS, URL, EndlessStream, fail, save
from tests.runtime.harness import ACCEPTED, DONE, TOKEN, BrokenStream, ClientHarness, Reply, ScriptedServer, json_reply, raw_reply


@KINDS
def test_files_are_saved_under_generated_names(kind: str, tmp_path: Path) -> None:
    output = {"video": URL, "images": ["https://files.example.com/x/b.PNG", "https://files.example.com/c"], "seed": 3}
    paths, server, _rig = save(
        kind,
        tmp_path / "new" / "folder",
        raw_reply(FILM),
        raw_reply(b"png"),
        raw_reply(b"?", content_type="audio/mpeg"),
        output=output,
    )
    assert [path.name for path in paths] == ["r-1-1.mp4", "r-1-2.png", "r-1-3.mp3"]
    assert [path.read_bytes() for path in paths] == [FILM, b"png", b"?"]
    assert sorted(path.name for path in paths[0].parent.iterdir()) == sorted(path.name for path in paths)
    assert server.count("file") == 3


@KINDS
def test_a_download_sends_no_token_and_no_extra_headers(kind: str, tmp_path: Path) -> None:
    _paths, server, _rig = save(kind, tmp_path)
    (request,) = server.requests("file")
    assert request.url.query == b"signature=s3cret"
    assert request.headers["accept-encoding"] == "identity"
    assert not {"authorization", "cookie", "referer"} & set(request.headers)
    assert TOKEN not in str(request.headers.raw)


@KINDS
def test_progress_is_reported(kind: str, tmp_path: Path) -> None:
    seen: list[Progress] = []
    save(kind, tmp_path, on_progress=seen.append)
    assert (seen[-1].received, seen[-1].total, seen[-1].file.field) == (len(FILM), len(FILM), "video")


FOREIGN = [
    "http://files.example.com/a.mp4",
    "ftp://files.example.com/a.mp4",
    "file:///etc/passwd",
    "https://user:pass@files.example.com/a.mp4",
    "https://user@files.example.com/a.mp4",
    "https:///a.mp4",
    "https://files.example.com:port/a",
    "http://127.0.0.1/a.mp4",
    "https://files.example.com\\@evil.example.com/a",
    "https://files.example.com/a\tb",
    "https://files.example.com/a\nb",
    "javascript:alert(1)",
    "//",
    "data:video/mp4;base64,AAAA",
]


@KINDS
@pytest.mark.parametrize("url", [url for url in FOREIGN if url.startswith(("http://", "https://"))])
def test_a_disallowed_url_is_not_fetched(kind: str, tmp_path: Path, url: str) -> None:
    fail(kind, tmp_path, AssertionError("nothing may be fetched"), match="URL", output={"video": url})


@KINDS
@pytest.mark.parametrize("url", [url for url in FOREIGN if "\n" not in url and url != "//"])
def test_a_redirect_to_a_disallowed_url_is_not_followed(kind: str, tmp_path: Path, url: str) -> None:
    def redirect(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": url})

    fail(kind, tmp_path, redirect, AssertionError("nothing more may be fetched"), match="not saved")


@KINDS
def test_each_redirect_is_checked_and_followed(kind: str, tmp_path: Path) -> None:
    hops = [
        raw_reply(b"", 302, location="https://cdn.example.net/b"),
        raw_reply(b"", 307, location="/c?signature=other"),
        raw_reply(FILM),
    ]
    paths, server, _rig = save(kind, tmp_path, *hops)
    assert paths[0].read_bytes() == FILM
    assert [request.url.raw_path for request in server.requests("file")] == [
        b"/a.mp4?signature=s3cret",
        b"/b",
        b"/c?signature=other",
    ]
    assert all("authorization" not in request.headers for request in server.requests("file"))


@KINDS
def test_a_redirect_loop_ends(kind: str, tmp_path: Path) -> None:
    fail(kind, tmp_path, raw_reply(b"", 302, location=URL), match="too many redirects")


@KINDS
@pytest.mark.parametrize("status", [401, 403, 404, 410, 418])
def test_a_refused_file_is_not_retried(kind: str, tmp_path: Path, status: int) -> None:
    assert fail(kind, tmp_path, raw_reply(b"no", status), match="not saved").http_status == status


@KINDS
@pytest.mark.parametrize(
    "trouble", [raw_reply(b"", 503), raw_reply(b"", 429), httpx.ConnectError("down"), httpx.ReadTimeout("slow"), raw_reply(b"")]
)
def test_a_transient_failure_is_retried(kind: str, tmp_path: Path, trouble: Reply) -> None:
    paths, server, _rig = save(kind, tmp_path, trouble, trouble, raw_reply(FILM))
    assert paths[0].read_bytes() == FILM
    assert server.count("file") == 3


@KINDS
def test_a_failure_that_persists_is_raised(kind: str, tmp_path: Path) -> None:
    fail(kind, tmp_path, raw_reply(b"", 503), match="responded with status 503")


def interrupted_reply(at: int, etag: str) -> Reply:
    def respond(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=BrokenStream(FILM[:at]), headers={"content-length": str(len(FILM)), "etag": etag})

    return respond


def rest(request: httpx.Request) -> httpx.Response:
    start = int(request.headers["range"].removeprefix("bytes=").removesuffix("-"))
    headers = {"content-range": f"bytes {start}-{len(FILM) - 1}/{len(FILM)}", "etag": request.headers["if-range"]}
    return httpx.Response(206, content=FILM[start:], headers=headers)


@KINDS
def test_an_interrupted_transfer_resumes(kind: str, tmp_path: Path) -> None:
    paths, server, _rig = save(kind, tmp_path, interrupted_reply(1500, '"v1"'), rest)
    assert paths[0].read_bytes() == FILM
    second = server.requests("file")[1]
    assert (second.headers["range"], second.headers["if-range"]) == ("bytes=1500-", '"v1"')


@KINDS
@pytest.mark.parametrize("etag", ["", 'W/"v1"', "v1", '""'])
def test_without_a_strong_validator_the_download_restarts(kind: str, tmp_path: Path, etag: str) -> None:
    paths, server, _rig = save(kind, tmp_path, interrupted_reply(1500, etag), raw_reply(FILM))
    assert paths[0].read_bytes() == FILM
    assert "range" not in server.requests("file")[1].headers


@KINDS
def test_a_file_that_changed_is_downloaded_again(kind: str, tmp_path: Path) -> None:
    paths, _server, _rig = save(kind, tmp_path, interrupted_reply(1500, '"v1"'), raw_reply(b"another film", etag='"v2"'))
    assert paths[0].read_bytes() == b"another film"


@KINDS
@pytest.mark.parametrize(
    "headers",
    [
        {"content-range": "bytes 0-3999/4000"},
        {"content-range": "bytes 1500-3999/9999"},
        {"content-range": "bytes 1500-3999/4000", "etag": '"v2"'},
        {"content-range": "rubbish"},
        {},
    ],
    ids=str,
)
def test_a_mismatched_part_is_discarded(kind: str, tmp_path: Path, headers: dict[str, str]) -> None:
    def wrong(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(206, content=b"x" * 2500, headers=headers)

    paths, _server, _rig = save(kind, tmp_path, interrupted_reply(1500, '"v1"'), wrong, raw_reply(FILM))
    assert paths[0].read_bytes() == FILM


@KINDS
def test_a_short_body_is_never_saved_as_the_file(kind: str, tmp_path: Path) -> None:
    class Short(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield FILM[:100]

        async def __aiter__(self) -> Any:
            yield FILM[:100]

    def short(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Short(), headers={"content-length": str(len(FILM))})

    fail(kind, tmp_path, short, match="broke off after 100 of 4000 bytes")


@KINDS
def test_an_endless_file_is_stopped_at_the_limit(kind: str, tmp_path: Path) -> None:
    def endless(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=EndlessStream(b"x" * 4096))

    fail(kind, tmp_path, endless, match="more bytes", limits=DownloadLimits(largest=1_000_000))


@KINDS
def test_a_file_that_announces_too_many_bytes_is_not_downloaded(kind: str, tmp_path: Path) -> None:
    fail(kind, tmp_path, raw_reply(FILM), match="4000 bytes, more than the 100", limits=DownloadLimits(largest=100))


@KINDS
@pytest.mark.parametrize(("chunk", "seconds", "match"), [(b"x", 1.0, "slower than"), (b"x" * 100_000, 10.0, "in time")])
def test_a_stalled_download_ends(kind: str, tmp_path: Path, chunk: bytes, seconds: float, match: str) -> None:
    server = ScriptedServer(
        submit=ACCEPTED, status=DONE, result=json_reply(status="succeeded", output={"video": URL}), file=raw_reply(b"")
    )
    harness = ClientHarness(kind, server)
    server._script["file"] = [lambda _request: httpx.Response(200, stream=EndlessStream(chunk, harness.clock, seconds))]

    def sync(client: Any) -> Any:
        return client.job("r-1").result().save(tmp_path, timeout=300)

    async def asynchronous(client: Any) -> Any:
        return await (await client.job("r-1").result()).save(tmp_path, timeout=300)

    with pytest.raises(DownloadError, match=match):
        harness.call(sync if kind == "sync" else asynchronous)
    # one second for opening the URL; each chunk advances the clock when it is read, and the sync client reads ahead
    assert harness.clock.time <= 1000 + 300 + (CHUNKS_AHEAD + 2 if kind == "sync" else 1) * seconds + 1
    assert not list(tmp_path.iterdir())


@KINDS
def test_multiple_codings_are_not_decoded(kind: str, tmp_path: Path) -> None:
    class Bomb(EndlessStream):
        pass

    def bomb(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Bomb(b"x"), headers={"content-encoding": "gzip, gzip"})

    fail(kind, tmp_path, bomb, match="not supported")


@KINDS
def test_a_web_page_is_not_saved_as_a_video(kind: str, tmp_path: Path) -> None:
    fail(kind, tmp_path, raw_reply(b"<html>log in", content_type="text/html; charset=utf-8"), match="web page")


@KINDS
def test_a_timeout_of_none_sets_no_limit(kind: str, tmp_path: Path) -> None:
    (path,), _, _ = save(kind, tmp_path, timeout=None)
    assert path.read_bytes() == FILM
