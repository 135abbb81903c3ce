"""Writing a tree changes what differs, removes what the generator itself wrote, and leaves every other file alone."""

from __future__ import annotations

from pathlib import Path

from codegen import files


def tree(**content: str) -> dict[str, bytes]:
    made = {path.replace("__", "/"): text.encode() for path, text in content.items()}
    return made | {files.MANIFEST: files.manifest(made)}


def test_a_tree_is_written_and_compares_equal(tmp_path: Path) -> None:
    wanted = tree(a="1", b__c="2")
    assert set(files.compare(wanted, tmp_path).missing) == set(wanted)
    files.write_tree(wanted, tmp_path)
    assert not files.compare(wanted, tmp_path)
    assert files.read_tree(tmp_path) == wanted


def test_only_what_differs_is_touched(tmp_path: Path) -> None:
    files.write_tree(tree(a="1", b="2"), tmp_path)
    before = (tmp_path / "a").stat()
    difference = files.write_tree(tree(a="1", b="3"), tmp_path)
    assert difference.changed == ("b", files.MANIFEST)
    assert ((tmp_path / "a").stat().st_mtime_ns, (tmp_path / "a").stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_stale_files_go_with_their_folders(tmp_path: Path) -> None:
    files.write_tree(tree(a="1", old__deep__b="2"), tmp_path)
    assert files.write_tree(tree(a="1"), tmp_path).stale == ("old/deep/b",)
    assert sorted(path.name for path in tmp_path.iterdir()) == [files.MANIFEST, "a"]


def test_files_of_others_stay(tmp_path: Path) -> None:
    files.write_tree(tree(a="1", old__b="2"), tmp_path)
    (tmp_path / "old" / "mine").write_text("mine")
    (tmp_path / "mine").write_text("mine")
    files.write_tree(tree(a="1"), tmp_path)
    assert (tmp_path / "mine").read_text() == (tmp_path / "old" / "mine").read_text() == "mine"
    assert not (tmp_path / "old" / "b").exists()


def test_a_stale_file_that_was_edited_stays_and_is_told(tmp_path: Path) -> None:
    files.write_tree(tree(a="1", b="2"), tmp_path)
    (tmp_path / "b").write_text("edited")
    assert files.write_tree(tree(a="1"), tmp_path).kept == ("b",)
    assert (tmp_path / "b").read_text() == "edited"


def test_a_manifest_cannot_point_outside(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("x")
    output = tmp_path / "out"
    output.mkdir()
    digest = files.manifest({"../victim": b"x", str(victim): b"x"})
    (output / files.MANIFEST).write_bytes(digest)
    assert files.write_tree(tree(a="1"), output).stale == ()
    assert victim.exists()


def test_a_broken_manifest_is_no_manifest(tmp_path: Path) -> None:
    for broken in (b"", b"[]", b"{}", b'{"files": 3}', b"\xff"):
        (tmp_path / files.MANIFEST).write_bytes(broken)
        assert files.compare(tree(a="1"), tmp_path).stale == ()


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    try:
        files.write_file(tmp_path / "a", b"x")
    except OSError:
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
