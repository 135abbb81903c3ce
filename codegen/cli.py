"""The commands of the generator. Exit codes: 0 done, 1 `check` found a difference, 2 the input is at fault and nothing was written."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Sequence
from pathlib import Path

from codegen import files, pipeline
from codegen.diagnostics import Report
from codegen.jsontext import decode
from codegen.reporting import as_text


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(argv)
    report = Report()
    try:
        code: int = options.run(options, report)
    except OSError as error:
        print(f"{error.filename}: error: {error.strerror}\n    next: check the path and its permissions", file=sys.stderr)
        return 2
    finally:
        sys.stderr.write(as_text(report))
    return 2 if report.failed else code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="runcomfy-codegen", description="Makes the typed RunComfy client from documented schemas."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    add = commands.add_parser("add", help="take documentation pages, catalogs or schemas into the schemas folder")
    add.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="a page (text or HTML), a catalog payload, or an input schema"
    )
    add.add_argument("--id", dest="model_id", metavar="ID", help="the model id, where the file does not say it")
    add.add_argument(
        "--captured", metavar="DATE", default=datetime.date.today().isoformat(), help="the day of the capture (default: today)"
    )
    add.set_defaults(run=_add)

    build = commands.add_parser("build", help="make the client from the schemas")
    build.set_defaults(run=_build)
    check = commands.add_parser("check", help="tell whether the client is what the schemas give; exit code 1 where it is not")
    check.set_defaults(run=_check)

    for command in (add, build, check):
        command.add_argument(
            "--schemas", type=Path, metavar="DIR", default=files.project_folder("schemas"), help="the schemas folder"
        )
    for command in (build, check):
        command.add_argument(
            "--output", type=Path, metavar="DIR", default=files.project_folder("generated"), help="the client's folder"
        )
    return parser


def _sources(options: argparse.Namespace) -> pipeline.Sources:
    if not options.schemas.is_dir():
        raise NotADirectoryError(20, "not a folder of schemas", str(options.schemas))
    return pipeline.Sources(
        schemas=files.read_tree(options.schemas),
        folder=files.shown(options.schemas),
        templates=files.read_tree(files.project_folder("templates")),
    )


def _add(options: argparse.Namespace, report: Report) -> int:
    options.schemas.mkdir(parents=True, exist_ok=True)
    raw = files.read_inputs(options.files)
    texts = {file: text for file, content in raw.items() if (text := decode(content, file, report)) is not None}
    sources = _sources(options)
    changes = pipeline.add(sources, texts, model_id=options.model_id, captured=options.captured, report=report)
    for path, content in changes.items():
        files.write_file(options.schemas / path, content)
        print(f"wrote {files.shown(options.schemas / path)}")
    if not changes and not report.failed:
        print("nothing to write: the schemas on file are the same")
    return 0


def _build(options: argparse.Namespace, report: Report) -> int:
    built = pipeline.build(_sources(options), report)
    if built is None:
        return 2
    difference = files.write_tree(built.tree, options.output)
    files.write_if_changed(options.schemas / pipeline.LOCK, built.lock)
    written = len(difference.changed) + len(difference.missing)
    print(
        f"{len(built.catalog.models)} models in {files.shown(options.output)}: {written} files written, {len(difference.stale)} removed"
    )
    for path in difference.kept:
        print(f"left alone, for it was edited: {files.shown(options.output / path)}")
    return 0


def _check(options: argparse.Namespace, report: Report) -> int:
    sources = _sources(options)
    built = pipeline.build(sources, report)
    if built is None:
        return 2
    difference = files.compare(built.tree, options.output)
    lines = [
        *(f"differs: {files.shown(options.output / path)}" for path in difference.changed),
        *(f"missing: {files.shown(options.output / path)}" for path in difference.missing),
        *(f"stale:   {files.shown(options.output / path)}" for path in difference.stale),
    ]
    if built.lock != sources.schemas.get(pipeline.LOCK):
        lines.append(f"differs: {files.shown(options.schemas / pipeline.LOCK)}")
    print("\n".join([*lines, "run `runcomfy-codegen build`"]) if lines else "the client is what the schemas give")
    return 1 if lines else 0
