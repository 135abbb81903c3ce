"""What each command does.

A command writes what it was asked for, and says the rest by its report, its outcome and its exit code.
"""

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
from codegen.report import explaining
from codegen.report.changelog import as_lines, as_markdown
from codegen.report.compare import Impact, compare
from codegen.report.progress import progress_bar
from codegen.report.reporting import CommandResult
from codegen.values.diagnostics import Report

_MOST_NAMED: Final = 5
_WHERE: Final = "name the folder that `runcomfy-codegen add` fills, with --schemas"


def add(options: argparse.Namespace, report: Report, result: CommandResult) -> int:
    """Take files into the schemas folder."""
    raw = files.read_inputs(options.files, most=LIMIT_BYTES)
    texts = {file: text for file, content in raw.items() if (text := decode(content, file, report)) is not None}
    sources = _sources(options)
    given = pipeline.add(sources, texts, model_id=options.model_id, captured=options.captured, report=report)
    changes = pipeline.changed_documents(sources, given)
    result.lines += changed_by(sources, changes)
    result.lines += _kept(changes)
    files.refuse_obstacles(options.schemas, changes)
    written: list[str] = result.facts.setdefault("written", [])
    for path, content in changes.items():
        files.write_file(options.schemas / path, content)
        written.append(files.shown(options.schemas / path))
        result.lines.append(f"wrote {written[-1]}")
    result.facts["unchanged"] = [files.shown(options.schemas / path) for path in given if path not in changes]
    if not report.failed:
        result.lines += _as_on_file(result.facts["unchanged"])
        result.lines += [f"next: {_build_command(options)}"] if changes else []
    return 0


def _kept(changes: Tree) -> list[str]:
    """Say which parts of new documents were kept from the ones on file, and where those came from."""
    lines = []
    for path, content in changes.items():
        by_origin: dict[str, list[str]] = {}
        for part, origin in json.loads(content).get("provenance", {}).items():
            by_origin.setdefault(", ".join(filter(None, (origin["source"], origin["captured"]))), []).append(part)
        model_id = path.removeprefix("models/").removesuffix(".json")
        lines += [f"{model_id}: kept {', '.join(parts)} ({origin or 'as on file'})" for origin, parts in by_origin.items()]
    return lines


def pull(options: argparse.Namespace, report: Report, result: CommandResult) -> int:
    """Take the catalog of the API into the schemas folder."""
    from codegen.pull import pull as run  # httpx is loaded for this command alone

    code = run(options, _sources(options), report, result)
    if "written" in result.facts:
        result.lines.append(f"next: {_build_command(options)}")
    return code


def _as_on_file(paths: list[str]) -> list[str]:
    lines = [f"the same as on file, left as it is: {path}" for path in paths[:_MOST_NAMED]]
    return [*lines, f"and {len(paths) - _MOST_NAMED} more"] if len(paths) > _MOST_NAMED else lines


def _build_command(options: argparse.Namespace) -> str:
    """The command that builds from these schemas, into the same folder where one is known."""
    words = ["runcomfy-codegen", "build"]
    output = getattr(options, "output", None)
    if options.schemas != files.project_folder("schemas"):
        words += ["--schemas", shlex.quote(files.shown(options.schemas))]
        words += [] if output else ["--output", "DIR"]
    if output and output != files.project_folder("generated"):
        words += ["--output", shlex.quote(files.shown(output))]
    return " ".join(words)


def build(options: argparse.Namespace, report: Report, result: CommandResult) -> int:
    """Make the client."""
    built = pipeline.build(_schemas_on_file(options), report, progress=progress_bar())
    if built is None:
        return 2
    files.write_if_changed(options.schemas / LOCK, built.lock)
    difference = files.write_tree(built.tree, options.output)
    files.write_if_changed(options.output / CACHE, built.cache)
    written = [*difference.missing, *difference.changed]
    output = files.shown(options.output)
    result.facts |= {
        "models": built.models,
        "made": built.rebuilt,
        "output": output,
        "written": sorted(written),
        "removed": list(difference.stale),
        "kept": list(difference.kept),
    }
    result.lines.append(
        f"{_count(built.models, 'model')} in {output}: {_count(len(written), 'file')} written, {len(difference.stale)} removed"
    )
    result.lines += [f"left alone, for it was edited: {files.shown(options.output / path)}" for path in difference.kept]
    return 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def check(options: argparse.Namespace, report: Report, result: CommandResult) -> int:
    """Compare the client with what a build would make."""
    sources = _schemas_on_file(options)
    built = pipeline.build(sources, report, progress=progress_bar())
    if built is None:
        return 2
    difference = files.compare(built.tree, options.output)
    found = {
        "differs": [options.output / path for path in difference.changed],
        "missing": [options.output / path for path in difference.missing],
        "stale": [options.output / path for path in difference.stale],
    }
    if built.lock != sources.schemas.get(LOCK):
        found["differs"].append(options.schemas / LOCK)
    result.facts |= {word: [files.shown(path) for path in paths] for word, paths in found.items()}
    fresh = not any(found.values())
    result.lines += [f"{word + ':':<8} {files.shown(path)}" for word, paths in found.items() for path in paths]
    result.lines.append("the client is what the schemas give" if fresh else "run `runcomfy-codegen build`")
    return 0 if fresh else 1


def diff(options: argparse.Namespace, report: Report, result: CommandResult) -> int:
    """Tell what the schemas mean to callers of the client as it was."""
    sources = _schemas_on_file(options)
    after = pipeline.shipped(sources, sources.model_ids, report)
    if report.failed:
        return 2
    if options.against is None and not (options.output / files.SHIPPED).is_dir():
        missing = FileNotFoundError(2, f"no client to compare with: there is no {files.SHIPPED}", str(options.output))
        raise files.with_hint(missing, f"build it first: {_build_command(options)}")
    before = files.read_shipped(options.output, options.against)
    found = compare(before, after, read_names(sources, Report()))
    result.facts["changes"] = [{"weight": str(change.weight), "model": change.model_id, "text": change.text} for change in found]
    result.lines += (as_markdown if options.markdown else as_lines)(found)
    weights = {change.weight for change in found}
    fails = {"breaking": {Impact.BREAKING}, "any": set(Impact), "never": set()}[options.fail_on]
    return 1 if weights & fails else 0


def changed_by(sources: Sources, changes: Tree) -> list[str]:
    """Tell what new documents mean to callers, where they replace others."""
    replaced = [path.removeprefix("models/").removesuffix(".json") for path in changes if path in sources.schemas]
    quiet = Report()  # the documents on file may be what is being mended
    before = pipeline.shipped(sources, replaced, quiet)
    after = pipeline.shipped(replace(sources, schemas={**sources.schemas, **changes}), before, quiet)
    return as_lines(compare({key: before[key] for key in after}, after, read_names(sources, quiet))) if after else []


def release(options: argparse.Namespace, report: Report, result: CommandResult) -> int:
    """Raise the version and write the changelog."""
    from codegen.release import release as run  # git and the differences are needed for this command alone

    return run(options, _schemas_on_file(options), report, result)


def explain(options: argparse.Namespace, _report: Report, result: CommandResult) -> int:
    """Tell what diagnostic codes mean."""
    codes: list[str] = options.codes
    text = "\n".join(explaining.explain(code) for code in codes) if codes and not options.list else explaining.overview()
    result.lines += text.splitlines()
    return 0


def _schemas_on_file(options: argparse.Namespace) -> Sources:
    if not options.schemas.is_dir():
        raise files.with_hint(NotADirectoryError(20, "not a folder of schemas", str(options.schemas)), _WHERE)
    if not (options.schemas / "models").is_dir():
        empty = FileNotFoundError(2, "not a folder of schemas: it has no folder models/", str(options.schemas))
        raise files.with_hint(empty, _WHERE)
    if options.output.resolve().is_relative_to((options.schemas / "models").resolve()):
        among = FileExistsError(17, "the client cannot stand among the schemas that it is made from", str(options.output))
        raise files.with_hint(among, "choose another folder as --output")
    if options.full or options.strict:  # what was made before does not say what it was warned of
        return _sources(options)
    files.recover(options.output)
    return replace(_sources(options), previous=files.read_previous(options.output))


def _sources(options: argparse.Namespace) -> Sources:
    return Sources(
        schemas=files.read_tree(options.schemas),
        other_entries=files.other_entries(options.schemas),
        folder=files.shown(options.schemas),
        templates=files.read_tree(files.project_folder("templates")),
        generator=files.generator_digest(),
    )
