"""Responses to a download other than the plain file: expired links, web pages, content codings, unusual types and URLs."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runcomfy_client._core.flows.file_names import extension_of
from runcomfy_client._core.protocol.content_coding import CorruptContent, Decoder, decoder_for

from tests.runtime.download_harness import FILM, KINDS, fail, save
from tests.runtime.harness import ACCEPTED, DONE, BrokenStream, ClientHarness, Film, Reply, ScriptedServer, json_reply, raw_reply

OLD, NEW = ("https://files.example.com/a.mp4?signature=" + word for word in ("old", "new"))
PAGE = b"<html>Down for maintenance</html>"


class RawStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body as it is transferred, which httpx does not decode."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks

    async def __aiter__(self) -> Any:
        for chunk in self._chunks:
            yield chunk


def on_wire(*chunks: bytes, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: httpx.Response(200, stream=RawStream(*chunks), headers=named)


def broken_off(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, stream=BrokenStream(FILM[:100]), headers={"content-length": str(len(FILM))})


# Each attempt checks the response


@KINDS
@pytest.mark.parametrize(
    "page",
    [
        raw_reply(PAGE, content_type="text/html; charset=utf-8"),
        raw_reply(PAGE, content_type="application/xhtml+xml"),
        raw_reply(b"\n <!DOCTYPE html><title>log in</title>", content_type="video/mp4"),
        raw_reply(PAGE),
    ],
)
@pytest.mark.parametrize("before", [[], [broken_off]], ids=["first attempt", "second attempt"])
def test_a_web_page_is_not_saved_as_a_file(kind: str, tmp_path: Path, page: Reply, before: list[Reply]) -> None:
    fail(kind, tmp_path, *before, page, match="web page")


@KINDS
@pytest.mark.parametrize(
    "body",
    [
        b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
        b"<Error><Code>SlowDown</Code></Error>",
        b'{"error": "gone"}',
        b' {\n  "message": "expired"}',
        b'[{"code": 1}]',
    ],
)
@pytest.mark.parametrize("before", [[], [broken_off]], ids=["first attempt", "second attempt"])
def test_an_error_in_json_or_xml_is_not_saved_as_a_video(kind: str, tmp_path: Path, body: bytes, before: list[Reply]) -> None:
    for content_type in ("application/json", "video/mp4"):
        fail(kind, tmp_path, *before, raw_reply(body, content_type=content_type), match="JSON or XML")


@KINDS
def test_a_text_output_may_begin_like_a_web_page(kind: str, tmp_path: Path) -> None:
    (path,), _, _ = save(
        kind, tmp_path, raw_reply(PAGE, content_type="text/plain"), output={"text": "https://files.example.com/a.txt"}
    )
    assert path.read_bytes() == PAGE


@KINDS
@pytest.mark.parametrize("status", [*range(520, 531), 500, 502, 503, 504, 408, 425, 429])
def test_a_transient_status_is_retried(kind: str, tmp_path: Path, status: int) -> None:
    (path,), server, _ = save(kind, tmp_path, raw_reply(b"", status), raw_reply(FILM))
    assert path.read_bytes() == FILM
    assert server.count("file") == 2


# Expired links


def with_results(kind: str, folder: Path, results: list[Reply], files: list[Reply]) -> tuple[list[Path], ScriptedServer]:
    server = ScriptedServer(submit=ACCEPTED, status=DONE, result=results, file=files)

    def sync(client: Any) -> Any:
        return client.run(Film(prompt="x")).save(folder)

    async def asynchronous(client: Any) -> Any:
        return await (await client.run(Film(prompt="x"))).save(folder)

    return ClientHarness(kind, server).call(sync if kind == "sync" else asynchronous), server


def result(*urls: str) -> Reply:
    return json_reply(status="succeeded", output={"videos": list(urls)})


def expired_when_old(status: int) -> Reply:
    def respond(request: httpx.Request) -> httpx.Response:
        return (
            httpx.Response(status)
            if b"old" in request.url.raw_path
            else httpx.Response(200, content=FILM + request.url.path.encode())
        )

    return respond


@KINDS
@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_expired_link_is_refreshed_once(kind: str, tmp_path: Path, status: int) -> None:
    b_old, b_new = OLD.replace("a.mp4", "b.mp4"), NEW.replace("a.mp4", "b.mp4")
    paths, server = with_results(kind, tmp_path, [result(OLD, b_old), result(NEW, b_new)], [expired_when_old(status)])
    assert [path.read_bytes() for path in paths] == [FILM + b"/a.mp4", FILM + b"/b.mp4"]
    assert server.count("result") == 2
    assert server.count("submit") == 1
    assert all("authorization" not in request.headers for request in server.requests("file"))


@KINDS
@pytest.mark.parametrize(
    "second", [result(OLD), result(NEW, NEW + "2"), json_reply(500, message="down"), json_reply(404), raw_reply(PAGE)]
)
def test_a_link_that_stays_expired_is_an_error(kind: str, tmp_path: Path, second: Reply) -> None:
    from runcomfy_client.errors import DownloadError

    with pytest.raises(DownloadError, match="expired") as caught:
        with_results(kind, tmp_path, [result(OLD), second], [raw_reply(b"", 403)])
    assert caught.value.lasting
    assert caught.value.http_status == 403
    assert list(tmp_path.iterdir()) == []


# Content codings


def deflated(data: bytes, wbits: int = zlib.MAX_WBITS) -> bytes:
    packer = zlib.compressobj(wbits=wbits)
    return packer.compress(data) + packer.flush()


CODED = [
    ("aws-chunked", FILM),
    ("", FILM),
    ("Identity", FILM),
    ("binary", FILM),
    ("gzip", gzip.compress(FILM, mtime=0)),
    ("gzip,aws-chunked", gzip.compress(FILM, mtime=0)),
    ("x-gzip", gzip.compress(FILM[:10], mtime=0) + gzip.compress(FILM[10:], mtime=0)),
    ("deflate", deflated(FILM)),
    ("deflate", deflated(FILM, -zlib.MAX_WBITS)),
]


@KINDS
@pytest.mark.parametrize(("coding", "body"), CODED, ids=[coding for coding, _ in CODED])
def test_an_encoded_file_is_saved_decoded(kind: str, tmp_path: Path, coding: str, body: bytes) -> None:
    answer = on_wire(body[:7], body[7:], content_encoding=coding, content_length=str(len(body)))
    (path,), _, _ = save(kind, tmp_path, answer)
    assert path.read_bytes() == FILM


@KINDS
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_an_encoded_file_in_memory_is_decoded_once(kind: str, tmp_path: Path, coding: str) -> None:
    """httpx itself decodes the response of a `MockTransport`; the file may be an archive."""
    inner = gzip.compress(FILM, mtime=0)
    body = gzip.compress(inner, mtime=0) if coding == "gzip" else deflated(inner)
    (path,), _, _ = save(kind, tmp_path, raw_reply(body, content_encoding=coding))
    assert path.read_bytes() == inner


@KINDS
def test_an_interrupted_encoded_file_restarts(kind: str, tmp_path: Path) -> None:
    body = gzip.compress(FILM, mtime=0)
    half = on_wire(body[: len(body) // 2], content_encoding="gzip", etag='"a"')
    (path,), server, _ = save(kind, tmp_path, half, on_wire(body, content_encoding="gzip", etag='"a"'))
    assert path.read_bytes() == FILM
    assert all("range" not in request.headers for request in server.requests("file"))


@KINDS
@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_an_unsupported_coding_is_an_error(kind: str, tmp_path: Path, coding: str) -> None:
    fail(kind, tmp_path, on_wire(b"x", content_encoding=coding), match="not supported")


@KINDS
def test_a_decompression_bomb_is_bounded(kind: str, tmp_path: Path) -> None:
    from runcomfy_client.downloads import DownloadLimits

    bomb = on_wire(gzip.compress(bytes(10_000_000), mtime=0), content_encoding="gzip")
    fail(kind, tmp_path, bomb, match="more than the 20000 bytes", limits=DownloadLimits(largest=20_000, max_attempts=1))


@given(st.lists(st.binary(max_size=200), max_size=4), st.sampled_from(["gzip", "deflate", "raw"]), st.integers(1, 60))
def test_any_body_in_any_chunks_is_decoded(parts: list[bytes], coding: str, size: int) -> None:
    data = b"".join(parts)
    body = {
        "gzip": b"".join(map(gzip.compress, parts)),
        "deflate": deflated(data),
        "raw": deflated(data, -zlib.MAX_WBITS),
    }[coding]
    decoder = Decoder("gzip" if coding == "gzip" else "deflate")
    decoded = b"".join(decoder.decode(body[at : at + size], at_most=10**6) for at in range(0, len(body), size))
    assert decoded == data
    assert decoder.is_complete or not parts


def test_bytes_that_do_not_match_their_coding_are_an_error() -> None:
    decoder = decoder_for("gzip")
    assert decoder is not None
    with pytest.raises(CorruptContent):
        decoder.decode(b"plain", at_most=100)


# URLs and names


@KINDS
def test_a_blank_in_a_url_is_encoded(kind: str, tmp_path: Path) -> None:
    (path,), server, _ = save(kind, tmp_path, raw_reply(FILM), output={"video": "https://files.example.com/my film.mp4?a=b c"})
    assert path.name == "r-1-1.mp4"
    assert server.requests("file")[0].url.raw_path == b"/my%20film.mp4?a=b%20c"


@pytest.mark.parametrize(
    ("content_type", "extension"),
    [
        ("image/jpg", "jpg"),
        ("image/jpeg; charset=binary", "jpg"),
        ("IMAGE/PJPEG", "jpg"),
        ("image/heic", "heic"),
        ("image/svg+xml", "svg"),
        ("image/webp", "webp"),
        ("video/x-msvideo", "avi"),
        ("video/mpeg", "mpeg"),
        ("audio/mp3", "mp3"),
        ("audio/x-m4a", "m4a"),
        ("audio/aac", "aac"),
        ("audio/vnd.wave", "wav"),
        ("model/gltf-binary", "glb"),
        ("application/x-zip-compressed", "zip"),
        ("application/x-sh", "bin"),
        ("application/octet-stream", "bin"),
        ("image/../../x", "bin"),
        ("", "bin"),
    ],
)
def test_the_extension_follows_the_content_type(content_type: str, extension: str) -> None:
    assert extension_of("https://files.example.com/a", content_type) == extension


@pytest.mark.parametrize(
    ("name", "extension"), [("a.MP4", "mp4"), ("a.heic", "heic"), ("a.exe", "png"), ("a.php", "png"), ("a", "png")]
)
def test_the_extension_of_a_media_url_takes_precedence(name: str, extension: str) -> None:
    assert extension_of(f"https://files.example.com/{name}?x=y.sh", "image/png") == extension
