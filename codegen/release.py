"""The command `release`: determines the next version and its section of the changelog from the changes since the last release."""

from __future__ import annotations

import argparse
import errno
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from codegen import files, pipeline
from codegen.files.manifest import CACHE
from codegen.files.tags import released_versions
from codegen.read.sources import LOCK, VERSION, Sources, read_names, read_version
from codegen.report.compare import Change, compare
from codegen.report.format_report import CommandResult
from codegen.report.release_notes import Note, kept_step, model_parts, read_notes, section_of, step_of, with_section
from codegen.values.diagnostics import Report
from codegen.values.version import Version

CHANGELOG = "CHANGELOG.md"
CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class _Release:
    """The next release."""

    last: Version | None
    """The last released version; None before the first release."""
    written: Version
    version: Version
    changes: list[Change]
    notes: list[Note]
    old_changelog: str
    changelog: str

    @property
    def is_needed(self) -> bool:
        return self.last != self.version

    @property
    def is_prepared(self) -> bool:
        return self.written == self.version and self.changelog == self.old_changelog and not self.notes


def release(options: argparse.Namespace, sources: Sources, report: Report, result: CommandResult) -> int:
    """Prepare the next release, or only print it with --check.

    Exit codes: 0 success; 1 with --check if the client is not up to date, or with --tag if that release is not prepared.
    """
    project = options.schemas.resolve().parent
    found = _decide(options, project, sources, report)
    if found is None or report.failed:
        return 2
    _report(found, result)
    if options.check or options.tag:
        return _check(options, found, sources, report, result)
    result.facts["written"] = written = []
    if not found.is_needed:
        return 0
    changed = replace(sources, schemas={**sources.schemas, VERSION: f"{found.version}\n".encode()})
    built = pipeline.build(changed, report)
    if built is None:
        return 2
    for path, content in {
        options.schemas / VERSION: changed.schemas[VERSION],
        options.schemas / LOCK: built.lock,
        project / CHANGELOG: found.changelog.encode(),
    }.items():
        if files.write_if_changed(path, content):
            written.append(files.display_path(path))
    files.write_tree(built.tree, options.output)
    files.write_if_changed(options.output / CACHE, built.cache)
    for path in _note_files(project):
        (project / CHANGES / path).unlink()
    result.lines += [f"wrote {path}" for path in written]
    result.lines.append(f"next: review and commit, then git tag v{found.version}")
    return 0


def _note_files(project: Path) -> dict[str, bytes]:
    names = files.read_tree(project / CHANGES) if (project / CHANGES).is_dir() else {}
    return {path: text for path, text in names.items() if path.endswith(".md") and path.lower() != "readme.md"}


def _text(path: Path) -> str:
    try:
        return (files.read_file(path) or b"").decode("utf-8")
    except UnicodeDecodeError:
        raise files.with_hint(OSError(errno.EILSEQ, "the file is not valid UTF-8", str(path)), "save the file as UTF-8") from None


def _decide(options: argparse.Namespace, project: Path, sources: Sources, report: Report) -> _Release | None:
    notes = read_notes(_note_files(project), files.display_path(project / CHANGES), report)
    written, lock = read_version(sources, report), read_names(sources, report)
    after = pipeline.shipped(sources, sources.model_ids, report)
    if report.failed:
        return None
    tagged = [version for version in released_versions(options.output) if f"v{version}" != options.tag]
    last = tagged[-1] if tagged else written if options.against else None
    place = options.against or (f"v{last}" if last else None)
    before: dict[str, Any] = files.read_shipped(options.output, place) if place else {}
    changes = compare(before, after, lock) if place else []
    old = _text(project / CHANGELOG)
    prepared = section_of(old, written) if written != last else ""
    step = max(step_of(changes, notes), kept_step(prepared))
    version = written if last is None else max(last.after(step), written if prepared else last)
    parts = model_parts(before, after, changes)
    text = old
    if version != last:
        text = with_section(old, version, written if written != last else version, parts, notes, options.date)
    return _Release(last, written, version, changes, notes, old, text)


def _report(found: _Release, result: CommandResult) -> None:
    since = f"since {found.last}" if found.last else "the first release"
    result.facts |= {
        "version": str(found.version),
        "last": str(found.last) if found.last else None,
        "prepared": found.is_prepared,
        "section": section_of(found.changelog, found.version) if found.is_needed else "",
    }
    if not found.is_needed:
        result.lines.append(f"nothing to release since {found.last}")
        return
    result.lines += section_of(found.changelog, found.version).rstrip("\n").split("\n")
    result.lines += ["", f"next version: {found.version} ({since})"]


def _check(options: argparse.Namespace, found: _Release, sources: Sources, report: Report, result: CommandResult) -> int:
    built = pipeline.build(sources, report)
    if built is None:
        return 2
    faults = []
    if files.compare(built.tree, options.output) or built.lock != sources.schemas.get(LOCK):
        faults.append("the client is not up to date; run `runcomfy-codegen build`")
    if options.tag and options.tag != f"v{found.version}":
        faults.append(f"the tag {options.tag} is not the next version, {found.version}")
    if options.tag and not found.is_prepared:
        faults.append("the release is not prepared; run `runcomfy-codegen release`, and commit the changes")
    result.facts["faults"] = faults
    result.lines += faults
    return 1 if faults else 0
