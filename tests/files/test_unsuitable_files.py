"""Files that cannot be sent: a clear message names the input and the file, and nothing is uploaded or submitted."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client import LocalFile, RunComfy
from runcomfy_client.errors import InvalidInput
from runcomfy_client.files.checks import UnsuitableFile, check_file
from runcomfy_client.files.host import MediaFile
from runcomfy_client.models import Kling3_0StandardImageToVideo as Kling
from runcomfy_client.models import Kling3_0StandardImageToVideoElementsItem as Element
from runcomfy_client.simulator import Simulator

from tests.files.harness import Scene, box, mp4, png, wav

WINDOWS = sys.platform == "win32"


def write(content: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(content)

    return make


def sparse(size: int, head: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.write(head)
            file.truncate(size)

    return make


def socket_at(path: Path) -> None:
    server = socket.socket(socket.AF_UNIX)
    os.chdir(path.parent)  # the path of a socket must be short
    server.bind(path.name)
    server.close()


def link_outside(path: Path) -> None:
    target = path.parent.parent / "elsewhere.png"
    target.write_bytes(png())
    path.symlink_to(target)


JPEG = b"\xff\xd8\xff\xe0\x00\x04JF\xff\xc0\x00\x0b\x08\x00\x03\x00\x04\x01\x01\x11\x00\xff\xda\x00\x02" + bytes(100)
UNSUITABLE: dict[str, tuple[str, Callable[[Path], Any], str]] = {
    "missing": ("image", lambda path: None, "no such file"),
    "empty": ("image", write(b""), "is empty"),
    "folder": ("image", lambda path: path.mkdir(), "is a folder, not a file"),
    "pipe": ("image", lambda path: os.mkfifo(path), "is not a regular file"),
    "socket": ("image", socket_at, "is not a regular file"),
    "text": ("image", write(b"<html>no picture</html>"), "is not an image: its content is not PNG"),
    "a video": ("image", write(mp4()), "is not an image: its content is video/mp4"),
    "an image for a video": ("video", write(png()), "is not a video: its content is image/png"),
    "a sound for a video": ("video", write(wav()), "is not a video: its content is audio/wav"),
    "too large for the API": ("images", sparse(60_000_000, b"II*\0"), "the API accepts an image of at most 50 MB"),
    "too large for the model": ("image", sparse(31_000_000, b"II*\0"), "the model accepts less than 30 MB"),
    "a video too large": ("video", sparse(120_000_000, b"\x1aE\xdf\xa3"), "the API accepts a video of at most 100 MB"),
    "a cut PNG": ("image", write(png()[:-6]), "is truncated"),
    "a cut JPEG": ("image", write(JPEG), "is truncated"),
    "a cut MP4": ("video", write(mp4(padding=100)[:-50]), "is truncated"),
    "an MP4 without its index": ("video", write(box(b"ftyp", b"isom\0\0\0\0") + box(b"mdat", bytes(9))), "is truncated"),
    "a cut WAV": ("sound", write(wav(seconds=3)[:-100]), "is truncated"),
    "a link out of its folder": ("image", link_outside, "is a symbolic link out of its folder"),
    "huge dimensions": ("images", write(png(width=100_000, height=100_000)), "more than image decoders accept"),
    "too wide": ("image", write(png(width=6000, height=10)), "its width in pixels is 6000; it must be less than 5000"),
    "the wrong ratio": ("wide", write(png(width=4, height=4)), "its width divided by its height is 1; it must be more than 2"),
    "too long": ("video", write(mp4(seconds=90)), "its length in seconds is 90; it must be less than 60"),
    "too short": ("sound", write(wav(seconds=1)), "its length in seconds is 1; it must be more than 2"),
}


@pytest.mark.parametrize("name", UNSUITABLE)
def test_an_unsuitable_file_is_rejected_in_one_sentence(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    field, make, message = UNSUITABLE[name]
    if WINDOWS and name in ("pipe", "socket", "a link out of its folder"):
        pytest.skip("there are none on Windows")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "photo.png"
    make(path)
    value: Any = [path] if field == "images" else path
    simulator = Simulator(seconds_in_queue=0, seconds_running=0)
    host = simulator.media_host()
    with RunComfy("test", base_url=simulator.base_url, http_client=simulator.http_client(), media=host) as client:
        request = Scene(prompt="x", **{field: value})
        with pytest.raises(InvalidInput) as caught:
            client.run(request, timeout=20)
        assert client.preflight(request) == list(caught.value.problems)
    (problem,) = caught.value.problems
    assert problem.field == ("images[0]" if field == "images" else field)
    assert message in problem.message and str(path) in problem.message and "\n" not in problem.message
    assert not host.files and not simulator.calls


@pytest.mark.skipif(WINDOWS, reason="there are no such rights on Windows")
def test_a_file_without_permission_is_rejected(tmp_path: Path) -> None:
    path = Path(tempfile.mkdtemp()) / "photo.png"  # other users cannot access the folders of pytest
    path.parent.chmod(0o755)
    path.write_bytes(png())
    path.chmod(0)
    lines = [
        f"import os, sys; sys.path[:] = {sys.path!r}",
        "from runcomfy_client import LocalFile",
        "from runcomfy_client.files.checks import check_file",
        "if os.geteuid() == 0: os.setgid(65534); os.setuid(65534)",
        f"check_file(LocalFile({str(path)!r}))",
    ]
    try:
        ran = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False)
    finally:
        path.unlink()
        path.parent.rmdir()
    assert "cannot be read: Permission denied" in ran.stderr.splitlines()[-1]


def test_a_file_that_grows_while_it_is_read_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from runcomfy_client.files import checks

    path = tmp_path / "photo.png"
    path.write_bytes(png(padding=3_000_000))
    digest = checks._digest

    def grow(opened: Any) -> str:
        with path.open("ab") as file:
            file.write(b"more")
        return digest(opened)

    monkeypatch.setattr(checks, "_digest", grow)
    with pytest.raises(UnsuitableFile, match="was changed while it was read"):
        check_file(LocalFile(path))


def test_a_file_that_changes_after_its_check_is_never_uploaded(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(png(padding=12_000_000))
    checked = check_file(LocalFile(path))
    file = MediaFile(f"{checked.sha256}.png", path, checked.size, "image/png", checked.sha256)
    assert b"".join(file.chunks()) == path.read_bytes()
    chunks = file.chunks()
    next(chunks)
    with path.open("r+b") as changed:
        changed.seek(11_000_000)
        changed.write(b"other")
    taken: list[bytes] = []
    with pytest.raises(UnsuitableFile, match="was changed after it was checked"):
        taken.extend(chunks)
    assert (
        sum(len(chunk) for chunk in taken) < checked.size - 5_000_000
    )  # the last chunk was held back, so no upload can be complete


@pytest.mark.skipif(WINDOWS, reason="there are no pipes on Windows")
def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    done: list[BaseException] = []

    def check() -> None:
        try:
            check_file(LocalFile(path))
        except UnsuitableFile as error:
            done.append(error)

    thread = threading.Thread(target=check, daemon=True)
    thread.start()
    thread.join(20)
    assert done


def test_a_symbolic_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.png").write_bytes(png())
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    assert check_file(LocalFile(tmp_path / "link.png")).kind.mime == "image/png"


def test_all_unsuitable_files_of_a_request_are_reported_together(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_bytes(b"text")
    request = Kling(
        prompt="x", start_image_url=tmp_path / "no.png", elements=[Element(reference_image_urls=[tmp_path / "text.png"])]
    )
    simulator = Simulator()
    options: dict[str, Any] = {"http_client": simulator.http_client(), "media": simulator.media_host()}
    with RunComfy("test", base_url=simulator.base_url, **options) as client, pytest.raises(InvalidInput) as caught:
        client.submit(request)
    assert [problem.field for problem in caught.value.problems] == ["start_image_url", "elements[0].reference_image_urls[0]"]


def test_the_header_of_a_bitmap_is_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "a.bmp"
    path.write_bytes(b"BM" + struct.pack("<I", 10**6) + bytes(8) + b"\x28\0\0\0" + struct.pack("<ii", 4, -3) + bytes(40))
    with pytest.raises(UnsuitableFile, match="is truncated"):
        check_file(LocalFile(path))
