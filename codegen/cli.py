"""The command line of the generator.

Exit codes: 0 success; 1 if `check` found a difference, `diff` a breaking change, or `pull` a model with an error; 2 if the input
has an error, and nothing was written; 130 if interrupted.
"""

from __future__ import annotations

import argparse
import datetime
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

from codegen import files
from codegen.report.format_report import CommandResult, Format, emit, render
from codegen.values.codes import CODES, DISK
from codegen.values.diagnostics import Place, Report, quoted


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, print its report, and return the exit code."""
    options = _options(sys.argv[1:] if argv is None else argv)
    report, result = Report(strict=getattr(options, "strict", False)), CommandResult()
    try:
        code = _run(options, report, result)
        form = Format(options.format)
        rendered = render(report, result, command=options.command, exit_code=code, form=form, colour=_shows_colours())
        emit(rendered.stderr, sys.stderr)
        emit(rendered.stdout, sys.stdout)
    except KeyboardInterrupt:
        emit("interrupted\n", sys.stderr)
        return 130
    return code


def _options(words: Sequence[str]) -> argparse.Namespace:
    """Parse the command line. The error for a misspelled command or option suggests similar ones."""
    parser, commands = _parser()
    command = next((word for word in words if not word.startswith("-")), None)
    if command is not None and command not in commands:
        parser.error(f"unknown command {quoted(command)}; {_suggestion(command, commands)}")
    options, unknown = parser.parse_known_args(words)
    if unknown:
        subparser = commands[options.command]
        known = dict.fromkeys(re.findall(r"--[a-z][a-z-]*", subparser.format_help()))
        subparser.error(f"unknown argument {quoted(unknown[0])}; {_suggestion(unknown[0].partition('=')[0], known)}")
    return options


def _suggestion(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word.lower(), known, n=3)
    return f"did you mean {' or '.join(near)}?" if near else "see --help"


def _run(options: argparse.Namespace, report: Report, result: CommandResult) -> int:
    from codegen import commands  # imported here, so that an interrupt during the import is handled

    run = {
        "add": commands.add,
        "build": commands.build,
        "check": commands.check,
        "diff": commands.diff,
        "explain": commands.explain,
        "pull": commands.pull,
        "release": commands.release,
    }[options.command]
    try:
        code = run(options, report, result)
    except OSError as error:
        place = Place(os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else "(no file)")
        [step, *_] = getattr(error, "__notes__", ["check the path and its permissions"])
        report.error(DISK, place, error.strerror or str(error), help=step)
        code = 2
    return 2 if report.failed else code


def _shows_colours() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _date(word: str) -> str:
    try:
        return datetime.date.fromisoformat(word).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{quoted(word)} is not a date; write it as YYYY-MM-DD") from None


def _code(word: str) -> str:
    """Parse a diagnostic code, in upper or lower case."""
    code = word.upper()
    if code in CODES:
        return code
    near = get_close_matches(code, CODES, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`explain --list` lists all codes"
    raise argparse.ArgumentTypeError(f"unknown diagnostic code {quoted(word)}; {hint}")


_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _parser() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """Return the parser, and the parsers of its commands."""
    parser = argparse.ArgumentParser(
        prog="runcomfy-codegen", description="Generate the typed RunComfy client from documented schemas."
    )
    parser.set_defaults(format=Format.TEXT.value)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    add = commands.add_parser("add", help="add documentation pages, catalogs or schemas to the schemas folder")
    add.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a page (text or HTML), a catalog, or an input schema")
    add.add_argument("--id", dest="model_id", metavar="ID", help="the model id, if the file does not contain it")
    _day(add, "--captured", "the date of the capture")
    pull = _pull_parser(commands)
    build = commands.add_parser("build", help="generate the client from the schemas")
    check = commands.add_parser("check", help="check that the client is up to date with the schemas; exit code 1 if it is not")
    diff = commands.add_parser("diff", help="print the changes of the schemas for users; exit code 1 if a change is breaking")
    diff.add_argument(
        "--against",
        metavar="WHERE",
        help="the folder of a client, or a git revision, to compare with (default: the last build in --output)",
    )
    diff.add_argument("--markdown", action="store_true", help="print release notes in Markdown")
    diff.add_argument(
        "--fail-on",
        choices=["breaking", "any", "never"],
        default="breaking",
        help="the changes that give exit code 1 (default: breaking)",
    )
    release = _release_parser(commands)
    explain = commands.add_parser("explain", help="explain a diagnostic code, with an example")
    explain.add_argument("codes", nargs="*", type=_code, metavar="CODE", help="a code such as RC407 (default: list them all)")
    explain.add_argument("--list", action="store_true", help="list all codes")

    for command in (add, pull, build, check, diff, release):
        _folder(command, "--schemas", "schemas", "the schemas folder")
    for command in (build, check, diff, release):
        _folder(command, "--output", "generated", "the client's folder")
        command.add_argument("--full", action="store_true", help="generate all models, also those that have not changed")
    for command in (add, build, check, diff, release):
        command.add_argument("--strict", action="store_true", help="treat unknown keywords in schemas as errors, as in CI")
    for command in (add, pull, build, check, diff, release):
        command.add_argument(
            "--format",
            choices=[form.value for form in Format],
            default=Format.TEXT.value,
            help="text (default), json (one object on stdout), or github (annotations of a workflow)",
        )
    return parser, commands.choices


def _pull_parser(commands: _Commands) -> argparse.ArgumentParser:
    pull = commands.add_parser(
        "pull", help="download the catalog of the API into the schemas folder; exit code 1 if a model is invalid"
    )
    pull.add_argument("search", nargs="?", metavar="SEARCH", help="only models that match these words in the API")
    pull.add_argument("--category", metavar="WORD", help="only models of this category")
    pull.add_argument("--vendor", metavar="WORD", help="only models whose id begins with WORD/")
    pull.add_argument("--base-url", metavar="URL", help="the API (default: RUNCOMFY_BASE_URL, or else the public API)")
    pull.add_argument("--prune", action="store_true", help="remove the models that the catalog no longer lists")
    pull.add_argument("--strict", action="store_true", help="write nothing if any model is invalid")
    pull.add_argument("--dry-run", action="store_true", help="print the changes, and write nothing")
    return pull


def _release_parser(commands: _Commands) -> argparse.ArgumentParser:
    release = commands.add_parser(
        "release", help="raise the version and write the changelog, from the changes since the last release"
    )
    release.add_argument("--check", action="store_true", help="print the next release, and write nothing")
    release.add_argument("--tag", metavar="TAG", help="check that the release of TAG, such as v0.2.0, is prepared")
    release.add_argument(
        "--against", metavar="WHERE", help="the folder of a client, or a git revision, with the last release (default: latest tag)"
    )
    _day(release, "--date", "the date of the release")
    return release


def _day(command: argparse.ArgumentParser, option: str, help: str) -> None:
    command.add_argument(
        option, type=_date, metavar="DATE", default=datetime.date.today().isoformat(), help=f"{help} (default: today)"
    )


def _folder(command: argparse.ArgumentParser, option: str, default: str, help: str) -> None:
    command.add_argument(option, type=Path, metavar="DIR", default=files.project_folder(default), help=help)
