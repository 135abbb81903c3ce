"""Writing a tree changes only different files, removes stale files of the generator, and keeps all other files."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codegen import files
from codegen.files.manifest import MANIFEST, manifest_text

ROOT = Path(__file__).resolve().parents[2]


def tree(**content: str) -> dict[str, bytes]:
    made = {path.replace("__", "/"): text.encode() for path, text in content.items()}
    return made | {MANIFEST: manifest_text(made)}


def test_a_tree_is_written_and_compares_equal(tmp_path: Path) -> None:
    wanted = tree(a="1", b__c="2")
    assert set(files.compare(wanted, tmp_path).missing) == set(wanted)
    files.write_tree(wanted, tmp_path)
    assert not files.compare(wanted, tmp_path)
    assert files.read_tree(tmp_path) == wanted


def test_only_different_files_are_written(tmp_path: Path) -> None:
    files.write_tree(tree(a="1", b="2"), tmp_path)
    before = (tmp_path / "a").stat()
    difference = files.write_tree(tree(a="1", b="3"), tmp_path)
    assert difference.changed == ("b", MANIFEST)
    assert ((tmp_path / "a").stat().st_mtime_ns, (tmp_path / "a").stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_stale_files_are_removed_with_their_folders(tmp_path: Path) -> None:
    files.write_tree(tree(a="1", old__deep__b="2"), tmp_path)
    assert files.write_tree(tree(a="1"), tmp_path).stale == ("old/deep/b",)
    assert sorted(path.name for path in tmp_path.iterdir()) == [MANIFEST, "a"]


def test_foreign_files_are_kept(tmp_path: Path) -> None:
    files.write_tree(tree(a="1", old__b="2"), tmp_path)
    (tmp_path / "old" / "mine").write_text("mine")
    (tmp_path / "mine").write_text("mine")
    files.write_tree(tree(a="1"), tmp_path)
    assert (tmp_path / "mine").read_text() == (tmp_path / "old" / "mine").read_text() == "mine"
    assert not (tmp_path / "old" / "b").exists()


def test_an_edited_stale_file_is_kept_and_reported(tmp_path: Path) -> None:
    files.write_tree(tree(a="1", b="2"), tmp_path)
    (tmp_path / "b").write_text("edited")
    assert files.write_tree(tree(a="1"), tmp_path).kept == ("b",)
    assert (tmp_path / "b").read_text() == "edited"


def test_a_manifest_cannot_point_outside(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("x")
    output = tmp_path / "out"
    output.mkdir()
    (output / MANIFEST).write_bytes(manifest_text({"../victim": b"x", str(victim): b"x"}))
    assert files.write_tree(tree(a="1"), output).stale == ()
    assert victim.exists()


def test_a_broken_manifest_is_ignored(tmp_path: Path) -> None:
    for broken in (b"", b"[]", b"{}", b'{"files": 3}', b"\xff"):
        (tmp_path / MANIFEST).write_bytes(broken)
        assert files.compare(tree(a="1"), tmp_path).stale == ()


def test_a_failed_write_leaves_no_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with contextlib.suppress(OSError):
        files.write_file(tmp_path / "a", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


KILLED = """
import os, sys
from pathlib import Path
from codegen import files
from codegen.files import atomic
from codegen.files.manifest import MANIFEST, manifest_text
def counted(function):
    def call(*args, **options):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return function(*args, **options)
    return call
calls = (
    (os, ("link", "rename", "replace", "mkdir", "unlink", "rmdir")),
    (atomic, ("_rename_exchange",)),
    (Path, ("write_bytes", "mkdir")),
)
for module, names in calls:
    for name in names:
        setattr(module, name, counted(getattr(module, name)))
if sys.argv[1] == "no exchange":
    atomic._rename_exchange = lambda one, other: False
new = {f"pack/new{n}": b"new" for n in range(3)} | {"same": b"same", "pack/changed": b"new"}
new[MANIFEST] = manifest_text(new)
for left, output in enumerate(sys.stdin):
    child = os.fork()  # a separate process for each moment; it starts sooner than an interpreter
    if not child:
        files.write_tree(new, Path(output.removesuffix("\\n")))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def killed(how: str) -> Iterator[Callable[[Path], int]]:
    """Return a function that writes a tree to a folder in a process that ends one step later each time; and how it ended."""
    words = [sys.executable, "-c", KILLED, how]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def write(output: Path) -> int:
            stdin.write(f"{output}\n")
            stdin.flush()
            return int(stdout.readline())

        yield write
        stdin.close()


@pytest.mark.parametrize("how", ["exchange", "no exchange"])
def test_a_kill_at_any_time_leaves_the_old_tree_or_the_new_one(tmp_path: Path, killed: Callable[[Path], int]) -> None:
    old = tree(same="same", pack__changed="old", gone__old="old")
    outcomes = []
    for moment in range(40):
        output = tmp_path / str(moment) / "out"
        files.write_tree(old, output)
        (output / "mine").write_text("mine")
        code = killed(output)
        files.recover(output)
        assert (output / "mine").read_text() == "mine"
        (output / "mine").unlink()
        found = files.read_tree(output)
        outcomes.append("old" if found == old else "new" if found.get("pack/changed") == b"new" and len(found) == 6 else "mixed")
        assert [path.name for path in output.parent.iterdir()] == ["out"]
        if code == 0:
            break
    assert code == 0 and outcomes == sorted(outcomes, reverse=True) and set(outcomes) == {"old", "new"}


def test_the_folder_is_updated_in_place_if_it_is_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.write_tree(tree(a="1", old__b="2"), tmp_path)
    monkeypatch.chdir(tmp_path)
    inode = tmp_path.stat().st_ino
    files.write_tree(tree(a="2"), tmp_path)
    assert tmp_path.stat().st_ino == inode and files.read_tree(tmp_path) == tree(a="2")
