"""Paths of saved files: plain names in the folder, never over an existing file, and no temporary files remain."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runcomfy_client._core.flows.file_names import extension_of, file_name
from runcomfy_client._core.flows.part_file import PartFile
from runcomfy_client.downloads import DownloadLimits, Progress
from runcomfy_client.errors import DownloadError

from tests.runtime.download_harness import FILM, KINDS, EndlessStream, fail, save
from tests.runtime.harness import BrokenStream, raw_reply


@KINDS
def test_saving_the_same_file_twice_is_not_a_conflict(kind: str, tmp_path: Path) -> None:
    assert save(kind, tmp_path)[0] == save(kind, tmp_path)[0]
    assert [path.name for path in tmp_path.iterdir()] == ["r-1-1.mp4"]


@KINDS
@pytest.mark.parametrize("there", ["file", "same size", "folder", "link", "dangling link", "link to the same"])
def test_an_existing_file_is_never_overwritten(kind: str, tmp_path: Path, there: str) -> None:
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
    fail(kind, folder, raw_reply(FILM), match="was not changed")
    assert outside.read_bytes() == (FILM if there == "link to the same" else b"precious")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DownloadError, match="could not be written"):
        save("sync", tmp_path)


def test_a_path_through_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DownloadError, match="could not be written"):
        save("sync", tmp_path / "file" / "folder")


def test_an_interrupt_leaves_no_part_file(tmp_path: Path) -> None:
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
def test_hostile_names_stay_inside_the_folder(kind: str, tmp_path: Path) -> None:
    assert len(HOSTILE) >= 30
    folder = tmp_path / "clips"
    output = {"files": [f"https://files.example.com/{quote(name)}" for name in HOSTILE]}
    paths, _, _ = save(kind, folder, output=output)
    assert {path.parent for path in paths} == {folder} and {path.resolve().parent for path in paths} == {folder.resolve()}
    assert sorted(tmp_path.rglob("*")) == sorted([folder, *paths])


@KINDS
@pytest.mark.parametrize("served", ["bomb", "endless", "announced", "short"])
def test_a_large_body_is_never_completely_in_memory(kind: str, tmp_path: Path, served: str) -> None:
    """A decompression bomb, an endless body, one of terabytes, and a truncated one cause an error, with few chunks in memory."""
    headers = {
        "bomb": {"content-encoding": "gzip"},
        "announced": {"content-length": str(10**13)},
        "short": {"content-length": "300000000"},
    }

    def serve(_request: httpx.Request) -> httpx.Response:
        body = BrokenStream(*[bytes(1_000_000)] * 40) if served == "short" else EndlessStream(bytes(1_000_000))
        return httpx.Response(200, stream=body, headers=headers.get(served, {}))

    limits = DownloadLimits(largest=200_000_000, max_attempts=2)
    tracemalloc.start()
    try:
        fail(kind, tmp_path / "clips", serve, match="not saved", limits=limits)
        assert tracemalloc.get_traced_memory()[1] < 32 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", HOSTILE)
def test_file_names_of_the_server_are_not_used(name: str) -> None:
    made = file_name(name, 1, extension_of(f"https://files.example.com/{name}", "application/x-sh"))
    stem, _dot, extension = made.rpartition(".")
    assert set(stem) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    assert extension in ("mp4", "bin")
    assert len(made) < 120


@given(st.text(), st.text(), st.text())
def test_any_file_name_is_plain_ascii(request_id: str, path: str, content_type: str) -> None:
    try:
        extension = extension_of(f"https://files.example.com/{path}", content_type)
    except ValueError:  # not a URL, and so never fetched
        return
    name = file_name(request_id, 12, extension)
    assert Path(name).name == name
    assert name.isascii()
    assert extension.isalnum()


def test_a_part_file_is_created_exclusively(tmp_path: Path) -> None:
    first, second = PartFile(tmp_path, "a.mp4"), PartFile(tmp_path, "a.mp4")
    assert len({path.name for path in tmp_path.iterdir()}) == 2
    assert all(path.suffix == ".part" for path in tmp_path.iterdir())
    first.discard()
    second.discard()
    assert not list(tmp_path.iterdir())


def test_an_impossible_folder_name_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="could not be written"):
        save("sync", tmp_path / "a\0b")


def test_two_concurrent_saves_never_overwrite_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The save that checked the path before the other one finished, and renames after it, reports an error."""
    late, early = PartFile(tmp_path, "a.mp4"), PartFile(tmp_path, "a.mp4")
    late.write(b"late")
    early.write(b"early")
    sync = os.fsync

    def overtaken(handle: int) -> None:
        monkeypatch.setattr(os, "fsync", sync)
        with monkeypatch.context() as patch:
            patch.setattr(os.path, "lexists", lambda _path: False)
            early.finish()
        monkeypatch.setattr(os.path, "lexists", lambda _path: False)

    monkeypatch.setattr(os, "fsync", overtaken)
    with pytest.raises(FileExistsError):
        late.finish()
    late.discard()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"early"]


def test_a_file_is_saved_on_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_source: Any, _target: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    (path,), _, _ = save("sync", tmp_path)
    assert path.read_bytes() == FILM and list(tmp_path.iterdir()) == [path]


def test_two_concurrent_saves_of_the_same_bytes_both_succeed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    late, early = PartFile(tmp_path, "a.mp4"), PartFile(tmp_path, "a.mp4")
    late.write(b"same")
    early.write(b"same")
    exists = os.path.lexists

    def overtaken(_path: Any) -> bool:
        monkeypatch.setattr(os.path, "lexists", exists)
        early.finish()
        return False

    monkeypatch.setattr(os.path, "lexists", overtaken)
    assert late.finish() == tmp_path / "a.mp4"
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"same"]
