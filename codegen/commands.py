"""The commands of the generator. Each writes its files, and returns an exit code; messages go to the report and the result."""

from __future__ import annotations

import argparse
import json
import shlex
from dataclasses import replace
from typing import Final

from codegen import files, pipeline
from codegen.files.manifest import CACHE, Tree
from codegen.read.jsontext import LIMIT_BYTES, decode
from codegen.read.sources import LOCK, Sources, read_names
from codegen.report.format_report import CommandResult
from codegen.report.progress import progress_bar
from codegen.values.diagnostics import Report

_MAX_LISTED: Final = 5
_WHERE: Final = "use --schemas with the folder that `runcomfy-codegen add` writes to"


def add(options: argparse.Namespace, report: Report, result: CommandResult) -> int:
    """Add files to the schemas folder."""
    raw = files.read_inputs(options.files, max_bytes=LIMIT_BYTES)
    texts = {file: text for file, content in raw.items() if (text := decode(content, file, report)) is not None}
    sources = _sources(options)
    given = pipeline.add(sources, texts, model_id=options.model_id, captured=options.captured, report=report)
    changes = pipeline.changed_documents(sources, given)
    result.lines += changed_by(sources, changes)
    result.lines += _kept(changes)
    files.check_obstacles(options.schemas, changes)
    written: list[str] = result.facts.setdefault("written", [])
    for path, content in changes.items():
        files.write_file(options.schemas / path, content)
        written.append(files.display_path(options.schemas / path))
        result.lines.append(f"wrote {written[-1]}")
    result.facts["unchanged"] = [files.display_path(options.schemas / path) for path in given if path not in changes]
    if not report.failed:
        result.lines += _unchanged(result.facts["unchanged"])
        result.lines += [f"next: {_build_command(options)}"] if changes else []
    return 0


def _kept(changes: Tree) -> list[str]:
    """Return messages about the parts of existing documents that were kept, with their sources."""
    lines = []
    for path, content in changes.items():
        by_origin: dict[str, list[str]] = {}
        for part, origin in json.loads(content).get("provenance", {}).items():
            by_origin.setdefault(", ".join(filter(None, (origin["source"], origin["captured"]))), []).append(part)
        model_id = path.removeprefix("models/").removesuffix(".json")
        lines += [f"{model_id}: kept {', '.join(parts)} ({origin or 'unchanged'})" for origin, parts in by_origin.items()]
    return lines


def pull(options: argparse.Namespace, report: Report, result: CommandResult) -> int:
    """Download the catalog of the API into the schemas folder."""
    from codegen.pull import pull as run  # imported here: only this command needs httpx

    code = run(options, _sources(options), report, result)
    if "written" in result.facts:
        result.lines.append(f"next: {_build_command(options)}")
    return code


def _unchanged(paths: list[str]) -> list[str]:
    lines = [f"unchanged: {path}" for path in paths[:_MAX_LISTED]]
    return [*lines, f"and {len(paths) - _MAX_LISTED} more"] if len(paths) > _MAX_LISTED else lines


def _build_command(options: argparse.Namespace) -> str:
    """Return the command that builds from these schemas, into the same folder if it is known."""
    words = ["runcomfy-codegen", "build"]
    output = getattr(options, "output", None)
    if options.schemas != files.project_folder("schemas"):
        words += ["--schemas", shlex.quote(files.display_path(options.schemas))]
        words += [] if output else ["--output", "DIR"]
    if output and output != files.project_folder("generated"):
        words += ["--output", shlex.quote(files.display_path(output))]
    return " ".join(words)


def build(options: argparse.Namespace, report: Report, result: CommandResult) -> int:
    """Generate the client."""
    sources = _schemas_on_file(options)
    built = pipeline.build(sources, report, progress=progress_bar())
    if built is None:
        return 2
    files.write_if_changed(options.schemas / LOCK, built.lock)
    difference = files.write_tree(built.tree, options.output, sources.previous)
    files.write_if_changed(options.output / CACHE, built.cache)
    written = [*difference.missing, *difference.changed]
    output = files.display_path(options.output)
    result.facts |= {
        "models": built.models,
        "rebuilt": built.rebuilt,
        "output": output,
        "written": sorted(written),
        "removed": list(difference.stale),
        "kept": list(difference.kept),
    }
    result.lines.append(
        f"{_count(built.models, 'model')} in {output}: {_count(len(written), 'file')} written, {len(difference.stale)} removed"
    )
    result.lines += [f"kept, since it was edited: {files.display_path(options.output / path)}" for path in difference.kept]
    return 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def check(options: argparse.Namespace, report: Report, result: CommandResult) -> int:
    """Check that the client is equal to the result of a build."""
    sources = _schemas_on_file(options)
    built = pipeline.build(sources, report, progress=progress_bar())
    if built is None:
        return 2
    difference = files.compare(built.tree, options.output, sources.previous)
    found = {
        "differs": [options.output / path for path in difference.changed],
        "missing": [options.output / path for path in difference.missing],
        "stale": [options.output / path for path in difference.stale],
    }
    if built.lock != sources.schemas.get(LOCK):
        found["differs"].append(options.schemas / LOCK)
    result.facts |= {word: [files.display_path(path) for path in paths] for word, paths in found.items()}
    fresh = not any(found.values())
    result.lines += [f"{word + ':':<8} {files.display_path(path)}" for word, paths in found.items() for path in paths]
    result.lines.append("the client is up to date with the schemas" if fresh else "run `runcomfy-codegen build`")
    return 0 if fresh else 1


def diff(options: argparse.Namespace, report: Report, result: CommandResult) -> int:
    """Print the changes of the schemas for users of the earlier client."""
    from codegen.report.changelog import as_lines, as_markdown  # a build compares nothing
    from codegen.report.compare import Impact, compare

    sources = _schemas_on_file(options)
    after = pipeline.shipped(sources, sources.model_ids, report)
    if report.failed:
        return 2
    if options.against is None and not (options.output / files.SHIPPED).is_dir():
        missing = FileNotFoundError(2, f"no client to compare with: {files.SHIPPED} does not exist", str(options.output))
        raise files.with_hint(missing, f"build it first: {_build_command(options)}")
    before = files.read_shipped(options.output, options.against)
    changes = compare(before, after, read_names(sources, Report()))
    result.facts["changes"] = [{"impact": str(change.impact), "model": change.model_id, "text": change.text} for change in changes]
    result.lines += (as_markdown if options.markdown else as_lines)(changes)
    weights = {change.impact for change in changes}
    fails = {"breaking": {Impact.BREAKING}, "any": set(Impact), "never": set()}[options.fail_on]
    return 1 if weights & fails else 0


def changed_by(sources: Sources, changes: Tree) -> list[str]:
    """Return the changes for users where new documents replace existing ones, as lines of text."""
    from codegen.report.changelog import as_lines
    from codegen.report.compare import compare

    replaced = [path.removeprefix("models/").removesuffix(".json") for path in changes if path in sources.schemas]
    quiet = Report()  # not reported: the existing documents may be invalid, and replaced for that reason
    before = pipeline.shipped(sources, replaced, quiet)
    after = pipeline.shipped(replace(sources, schemas={**sources.schemas, **changes}), before, quiet)
    return as_lines(compare({key: before[key] for key in after}, after, read_names(sources, quiet))) if after else []


def release(options: argparse.Namespace, report: Report, result: CommandResult) -> int:
    """Raise the version and write the changelog."""
    from codegen.release import release as run  # imported here: only this command needs git

    return run(options, _schemas_on_file(options), report, result)


def explain(options: argparse.Namespace, _report: Report, result: CommandResult) -> int:
    """Explain diagnostic codes."""
    from codegen.report.explain import explain as explain_code
    from codegen.report.explain import overview

    codes: list[str] = options.codes
    text = "\n".join(explain_code(code) for code in codes) if codes and not options.list else overview()
    result.lines += text.splitlines()
    return 0


def _schemas_on_file(options: argparse.Namespace) -> Sources:
    if not options.schemas.is_dir():
        raise files.with_hint(NotADirectoryError(20, "not a schemas folder", str(options.schemas)), _WHERE)
    if not (options.schemas / "models").is_dir():
        empty = FileNotFoundError(2, "not a schemas folder: it has no folder models/", str(options.schemas))
        raise files.with_hint(empty, _WHERE)
    if options.output.resolve().is_relative_to((options.schemas / "models").resolve()):
        inside = FileExistsError(17, "the client cannot be in the folder of its schemas", str(options.output))
        raise files.with_hint(inside, "choose another folder as --output")
    if options.full or options.strict:  # the previous files do not contain the warnings
        return _sources(options)
    files.recover(options.output)
    return replace(_sources(options), previous=files.read_previous(options.output))


def _sources(options: argparse.Namespace) -> Sources:
    return Sources(
        schemas=files.read_tree(options.schemas),
        other_entries=files.other_entries(options.schemas),
        folder=files.display_path(options.schemas),
        templates=files.read_tree(files.project_folder("templates")),
        generator=files.generator_digest(),
    )
