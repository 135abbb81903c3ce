"""What each command does. A command writes what it was asked for, and says the rest by its report, its outcome and its exit code."""

from __future__ import annotations

import argparse
from dataclasses import replace

from codegen import explaining, files, pipeline
from codegen.diagnostics import Report
from codegen.jsontext import decode
from codegen.manifest import CACHE
from codegen.progress import on_terminal
from codegen.reporting import Outcome
from codegen.sources import LOCK, Sources


def add(options: argparse.Namespace, report: Report, outcome: Outcome) -> int:
    """Take files into the schemas folder."""
    raw = files.read_inputs(options.files)
    texts = {file: text for file, content in raw.items() if (text := decode(content, file, report)) is not None}
    changes = pipeline.add(_sources(options), texts, model_id=options.model_id, captured=options.captured, report=report)
    written: list[str] = outcome.facts.setdefault("written", [])
    for path, content in changes.items():
        files.write_file(options.schemas / path, content)
        written.append(files.shown(options.schemas / path))
        outcome.lines.append(f"wrote {written[-1]}")
    if not changes and not report.failed:
        outcome.lines.append("nothing to write: the schemas on file are the same")
    return 0


def build(options: argparse.Namespace, report: Report, outcome: Outcome) -> int:
    """Make the client."""
    built = pipeline.build(_schemas_on_file(options), report, progress=on_terminal())
    if built is None:
        return 2
    difference = files.write_tree(built.tree, options.output)
    files.write_if_changed(options.schemas / LOCK, built.lock)
    files.write_if_changed(options.output / CACHE, built.cache)
    written = [*difference.missing, *difference.changed]
    output = files.shown(options.output)
    outcome.facts |= {
        "models": built.models,
        "made": built.made,
        "output": output,
        "written": sorted(written),
        "removed": list(difference.stale),
        "kept": list(difference.kept),
    }
    outcome.lines.append(f"{built.models} models in {output}: {len(written)} files written, {len(difference.stale)} removed")
    outcome.lines += [f"left alone, for it was edited: {files.shown(options.output / path)}" for path in difference.kept]
    return 0


def check(options: argparse.Namespace, report: Report, outcome: Outcome) -> int:
    """Compare the client with what a build would make."""
    sources = _schemas_on_file(options)
    built = pipeline.build(sources, report, progress=on_terminal())
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
    outcome.facts |= {word: [files.shown(path) for path in paths] for word, paths in found.items()}
    fresh = not any(found.values())
    outcome.lines += [f"{word + ':':<8} {files.shown(path)}" for word, paths in found.items() for path in paths]
    outcome.lines.append("the client is what the schemas give" if fresh else "run `runcomfy-codegen build`")
    return 0 if fresh else 1


def explain(options: argparse.Namespace, _report: Report, outcome: Outcome) -> int:
    """Tell what diagnostic codes mean."""
    codes: list[str] = options.codes
    text = "\n".join(explaining.explain(code) for code in codes) if codes and not options.list else explaining.overview()
    outcome.lines += text.splitlines()
    return 0


def _schemas_on_file(options: argparse.Namespace) -> Sources:
    if not options.schemas.is_dir():
        raise NotADirectoryError(20, "not a folder of schemas", str(options.schemas))
    if options.full:
        return _sources(options)
    files.recover(options.output)
    return replace(_sources(options), previous=files.read_previous(options.output))


def _sources(options: argparse.Namespace) -> Sources:
    return Sources(
        schemas=files.read_tree(options.schemas),
        folder=files.shown(options.schemas),
        templates=files.read_tree(files.project_folder("templates")),
        generator=files.generator_digest(),
    )
