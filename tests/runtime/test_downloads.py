"""Saving files: only from where it is allowed, within bounds, complete or not at all, and never over anything that is there."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runcomfy_client.errors import DownloadError
from runcomfy_client.files import DownloadLimits, Progress
from runcomfy_client.flows.file_names import extension_of, file_name
from runcomfy_client.flows.storage import PartFile

from tests.runtime.kit import ACCEPTED, DONE, TOKEN, Film, Rig, Say, Server, Torn, raw, says

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])
URL = "https://files.example.com/a.mp4?signature=s3cret"
FILM = b"film" * 1000


def save(kind: str, folder: Path, *files: Say, output: Any = None, **options: Any) -> tuple[list[Path], Server, Rig]:
    """Run a job and save what it made; `files` is what the files' server says."""
    result = says(status="succeeded", output=output or {"video": URL})
    server = Server(submit=ACCEPTED, status=DONE, result=result, file=list(files) or [raw(FILM)])
    rig = Rig(kind, server)

    def sync(client: Any) -> Any:
        return client.run(Film(prompt="x")).save(folder, **options)

    async def asynchronous(client: Any) -> Any:
        return await (await client.run(Film(prompt="x"))).save(folder, **options)

    return rig.call(sync if kind == "sync" else asynchronous), server, rig


def fail(kind: str, folder: Path, *files: Say, match: str, **options: Any) -> DownloadError:
    folder.mkdir(exist_ok=True)
    before = sorted(folder.iterdir())
    with pytest.raises(DownloadError, match=match) as caught:
        save(kind, folder, *files, **options)
    assert sorted(folder.iterdir()) == before
    assert caught.value.request_id == "r-1"
    assert "s3cret" not in str(caught.value)
    return caught.value


@KINDS
def test_all_files_under_names_of_our_own(kind: str, tmp_path: Path) -> None:
    output = {"video": URL, "images": ["https://files.example.com/x/b.PNG", "https://files.example.com/c"], "seed": 3}
    paths, server, _rig = save(
        kind, tmp_path / "new" / "folder", raw(FILM), raw(b"png"), raw(b"?", content_type="audio/mpeg"), output=output
    )
    assert [path.name for path in paths] == ["r-1-1.mp4", "r-1-2.png", "r-1-3.mp3"]
    assert [path.read_bytes() for path in paths] == [FILM, b"png", b"?"]
    assert sorted(path.name for path in paths[0].parent.iterdir()) == sorted(path.name for path in paths)
    assert server.count("file") == 3


@KINDS
def test_a_file_is_asked_for_as_it_is_and_by_nobody(kind: str, tmp_path: Path) -> None:
    _paths, server, _rig = save(kind, tmp_path)
    (request,) = server.requests("file")
    assert request.url.query == b"signature=s3cret"
    assert request.headers["accept-encoding"] == "identity"
    assert not {"authorization", "cookie", "referer"} & set(request.headers)
    assert TOKEN not in str(request.headers.raw)


@KINDS
def test_progress_is_told(kind: str, tmp_path: Path) -> None:
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
    "https://files.example.com/a b",
    "https://files.example.com/a\nb",
    "javascript:alert(1)",
    "//",
    "data:video/mp4;base64,AAAA",
]


@KINDS
@pytest.mark.parametrize("url", [url for url in FOREIGN if url.startswith(("http://", "https://"))])
def test_a_file_that_is_elsewhere_is_not_fetched(kind: str, tmp_path: Path, url: str) -> None:
    fail(kind, tmp_path, AssertionError("nothing may be fetched"), match="URL", output={"video": url})


@KINDS
@pytest.mark.parametrize("url", [url for url in FOREIGN if "\n" not in url and url != "//"])
def test_no_redirect_leads_elsewhere(kind: str, tmp_path: Path, url: str) -> None:
    def redirect(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": url})

    fail(kind, tmp_path, redirect, AssertionError("nothing more may be fetched"), match="not saved")


@KINDS
def test_redirects_are_followed_by_hand(kind: str, tmp_path: Path) -> None:
    hops = [raw(b"", 302, location="https://cdn.example.net/b"), raw(b"", 307, location="/c?signature=other"), raw(FILM)]
    paths, server, _rig = save(kind, tmp_path, *hops)
    assert paths[0].read_bytes() == FILM
    assert [request.url.raw_path for request in server.requests("file")] == [
        b"/a.mp4?signature=s3cret",
        b"/b",
        b"/c?signature=other",
    ]
    assert all("authorization" not in request.headers for request in server.requests("file"))


@KINDS
def test_redirects_in_a_circle_end(kind: str, tmp_path: Path) -> None:
    fail(kind, tmp_path, raw(b"", 302, location=URL), match="redirected too often")


@KINDS
@pytest.mark.parametrize("status", [401, 403, 404, 410, 418])
def test_a_refused_file_is_told_of_at_once(kind: str, tmp_path: Path, status: int) -> None:
    assert fail(kind, tmp_path, raw(b"no", status), match="not saved").http_status == status


@KINDS
@pytest.mark.parametrize("trouble", [raw(b"", 503), raw(b"", 429), httpx.ConnectError("down"), httpx.ReadTimeout("slow"), raw(b"")])
def test_a_passing_trouble_is_tried_through(kind: str, tmp_path: Path, trouble: Say) -> None:
    paths, server, _rig = save(kind, tmp_path, trouble, trouble, raw(FILM))
    assert paths[0].read_bytes() == FILM
    assert server.count("file") == 3


@KINDS
def test_a_lasting_trouble_is_told_of(kind: str, tmp_path: Path) -> None:
    fail(kind, tmp_path, raw(b"", 503), match="answered 503")


def torn(at: int, etag: str) -> Say:
    def say(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Torn(FILM[:at]), headers={"content-length": str(len(FILM)), "etag": etag})

    return say


def rest(request: httpx.Request) -> httpx.Response:
    start = int(request.headers["range"].removeprefix("bytes=").removesuffix("-"))
    headers = {"content-range": f"bytes {start}-{len(FILM) - 1}/{len(FILM)}", "etag": request.headers["if-range"]}
    return httpx.Response(206, content=FILM[start:], headers=headers)


@KINDS
def test_a_torn_transfer_goes_on_where_it_was(kind: str, tmp_path: Path) -> None:
    paths, server, _rig = save(kind, tmp_path, torn(1500, '"v1"'), rest)
    assert paths[0].read_bytes() == FILM
    second = server.requests("file")[1]
    assert (second.headers["range"], second.headers["if-range"]) == ("bytes=1500-", '"v1"')


@KINDS
@pytest.mark.parametrize("etag", ["", 'W/"v1"', "v1", '""'])
def test_without_a_strong_validator_it_begins_again(kind: str, tmp_path: Path, etag: str) -> None:
    paths, server, _rig = save(kind, tmp_path, torn(1500, etag), raw(FILM))
    assert paths[0].read_bytes() == FILM
    assert "range" not in server.requests("file")[1].headers


@KINDS
def test_a_file_that_changed_meanwhile_begins_again(kind: str, tmp_path: Path) -> None:
    paths, _server, _rig = save(kind, tmp_path, torn(1500, '"v1"'), raw(b"another film", etag='"v2"'))
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
def test_a_rest_that_does_not_fit_is_not_taken(kind: str, tmp_path: Path, headers: dict[str, str]) -> None:
    def wrong(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(206, content=b"x" * 2500, headers=headers)

    paths, _server, _rig = save(kind, tmp_path, torn(1500, '"v1"'), wrong, raw(FILM))
    assert paths[0].read_bytes() == FILM


@KINDS
def test_a_short_body_is_never_taken_for_the_file(kind: str, tmp_path: Path) -> None:
    class Short(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield FILM[:100]

        async def __aiter__(self) -> Any:
            yield FILM[:100]

    def short(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Short(), headers={"content-length": str(len(FILM))})

    fail(kind, tmp_path, short, match="broke off after 100 of 4000 bytes")


class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body without end; `clock` runs on with each chunk."""

    def __init__(self, chunk: bytes, clock: Any = None, seconds: float = 0.0) -> None:
        self._chunk, self._clock, self._seconds = chunk, clock, seconds
        self.chunks = 0

    def _next(self) -> bytes:
        self.chunks += 1
        assert self.chunks < 100_000, "nobody stops this"
        if self._clock:
            self._clock.time += self._seconds
        return self._chunk

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield self._next()

    async def __aiter__(self) -> Any:
        while True:
            yield self._next()


@KINDS
def test_an_endless_file_is_cut_at_the_bound(kind: str, tmp_path: Path) -> None:
    def endless(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Endless(b"x" * 4096))

    fail(kind, tmp_path, endless, match="more bytes", limits=DownloadLimits(largest=1_000_000))


@KINDS
def test_a_file_that_says_it_is_too_large_is_not_even_begun(kind: str, tmp_path: Path) -> None:
    fail(kind, tmp_path, raw(FILM), match="4000 bytes, more than the 100", limits=DownloadLimits(largest=100))


@KINDS
@pytest.mark.parametrize(("chunk", "seconds", "match"), [(b"x", 1.0, "slower than"), (b"x" * 100_000, 10.0, "in time")])
def test_a_drip_ends(kind: str, tmp_path: Path, chunk: bytes, seconds: float, match: str) -> None:
    server = Server(submit=ACCEPTED, status=DONE, result=says(status="succeeded", output={"video": URL}), file=raw(b""))
    rig = Rig(kind, server)
    server._script["file"] = [lambda _request: httpx.Response(200, stream=Endless(chunk, rig.clock, seconds))]

    def sync(client: Any) -> Any:
        return client.job("r-1").result().save(tmp_path, deadline=300)

    async def asynchronous(client: Any) -> Any:
        return await (await client.job("r-1").result()).save(tmp_path, deadline=300)

    with pytest.raises(DownloadError, match=match):
        rig.call(sync if kind == "sync" else asynchronous)
    assert rig.clock.time <= 1000 + 300 + seconds + 1  # a second for asking where the file is
    assert not list(tmp_path.iterdir())


@KINDS
def test_a_packed_file_is_not_unpacked(kind: str, tmp_path: Path) -> None:
    class Bomb(Endless):
        pass

    def bomb(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Bomb(b"x"), headers={"content-encoding": "gzip, gzip"})

    fail(kind, tmp_path, bomb, match="packed")


@KINDS
def test_a_web_page_is_no_film(kind: str, tmp_path: Path) -> None:
    fail(kind, tmp_path, raw(b"<html>log in", content_type="text/html; charset=utf-8"), match="web page")


@KINDS
def test_the_same_file_twice_is_no_conflict(kind: str, tmp_path: Path) -> None:
    assert save(kind, tmp_path)[0] == save(kind, tmp_path)[0]
    assert [path.name for path in tmp_path.iterdir()] == ["r-1-1.mp4"]


@KINDS
@pytest.mark.parametrize("there", ["file", "same size", "folder", "link", "dangling link", "link to the same"])
def test_what_is_there_is_left_alone(kind: str, tmp_path: Path, there: str) -> None:
    folder, target, outside = tmp_path / "clips", tmp_path / "clips" / "r-1-1.mp4", tmp_path / "outside"
    folder.mkdir()
    outside.write_bytes(FILM if there == "link to the same" else b"precious")
    match there:
        case "file":
            target.write_bytes(b"precious")
        case "same size":
            target.write_bytes(b"p" * len(FILM))
        case "folder":
            target.mkdir()
        case "dangling link":
            target.symlink_to(tmp_path / "nowhere")
        case _:
            target.symlink_to(outside)
    fail(kind, folder, raw(FILM), match="left alone")
    assert outside.read_bytes() == (FILM if there == "link to the same" else b"precious")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DownloadError, match="could not be written"):
        save("sync", tmp_path)


def test_a_path_through_a_file_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DownloadError, match="could not be written"):
        save("sync", tmp_path / "file" / "folder")


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    def stop(_progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save("sync", tmp_path, on_progress=stop)
    assert not list(tmp_path.iterdir())


HOSTILE = [
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    ".",
    "",
    "a\x00b",
    "CON",
    "nul.mp4",
    "a/b/c",
    "a\\b",
    "~/.ssh/id",
    "%2e%2e%2f",
    "-rf",
    "x" * 5000,
]
HOSTILE += [
    "a.mp4.exe",
    "a.sh",
    "a.php",
    "a.mp4\n.exe",
    "ａ．ｅｘｅ",
    "a.MP4 ",
    "a.mp4/",
    "a.mp4;.sh",
    "a\u202e4pm.exe",
    ".bashrc",
    "a.lnk",
    "..%2f..%2fa.mp4",
    "....//....//a",
    "C:\\Windows\\a.dll",
    "\\\\host\\share\\a",
    "a.mp4:stream",
    "aux",
    "$(touch x).mp4",
]


@KINDS
def test_hostile_names_all_end_up_inside_the_folder(kind: str, tmp_path: Path) -> None:
    assert len(HOSTILE) >= 30
    folder = tmp_path / "clips"
    output = {"files": [f"https://files.example.com/{quote(name)}" for name in HOSTILE]}
    paths, _, _ = save(kind, folder, output=output)
    assert {path.parent for path in paths} == {folder} and {path.resolve().parent for path in paths} == {folder.resolve()}
    assert sorted(tmp_path.rglob("*")) == sorted([folder, *paths])


@KINDS
@pytest.mark.parametrize("served", ["bomb", "endless", "announced", "short"])
def test_no_body_fills_the_memory(kind: str, tmp_path: Path, served: str) -> None:
    """A packed bomb, a body without end, one of terabytes, and one cut short: an error, and never more than a few chunks in memory."""
    headers = {
        "bomb": {"content-encoding": "gzip"},
        "announced": {"content-length": str(10**13)},
        "short": {"content-length": "300000000"},
    }

    def serve(_request: httpx.Request) -> httpx.Response:
        body = Torn(*[bytes(1_000_000)] * 40) if served == "short" else Endless(bytes(1_000_000))
        return httpx.Response(200, stream=body, headers=headers.get(served, {}))

    limits = DownloadLimits(largest=200_000_000, tries=2)
    tracemalloc.start()
    try:
        fail(kind, tmp_path / "clips", serve, match="not saved", limits=limits)
        assert tracemalloc.get_traced_memory()[1] < 32 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_of_the_servers_is_used(name: str) -> None:
    made = file_name(name, 1, extension_of(f"https://files.example.com/{name}", "application/x-sh"))
    stem, _dot, extension = made.rpartition(".")
    assert set(stem) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    assert extension in ("mp4", "bin")
    assert len(made) < 120


@given(st.text(), st.text(), st.text())
def test_any_name_is_a_plain_one(request_id: str, path: str, content_type: str) -> None:
    try:
        extension = extension_of(f"https://files.example.com/{path}", content_type)
    except ValueError:  # not a URL, and so never fetched
        return
    name = file_name(request_id, 12, extension)
    assert Path(name).name == name
    assert name.isascii()
    assert extension.isalnum()


def test_a_part_is_nobody_elses(tmp_path: Path) -> None:
    first, second = PartFile(tmp_path, "a.mp4"), PartFile(tmp_path, "a.mp4")
    assert len({path.name for path in tmp_path.iterdir()}) == 2
    assert all(path.suffix == ".part" for path in tmp_path.iterdir())
    first.discard()
    second.discard()
    assert not list(tmp_path.iterdir())
