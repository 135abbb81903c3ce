"""Each diagnostic has a folder with an invalid input and the exact text of the message. `--accept` accepts changes.

A case contains `schemas/`, the existing schemas, and, if the problem is in an added file, `add/` with the files to add and maybe
`id.txt`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen import files, pipeline
from codegen.read import jsontext
from codegen.read.sources import Sources
from codegen.report.format_report import as_text
from codegen.values.codes import CODES, DISK
from codegen.values.diagnostics import Report, Severity

HERE = Path(__file__).resolve().parent
TEMPLATES = files.read_tree(HERE.parents[1] / "templates")
CASES = sorted(path.name for path in HERE.iterdir() if path.is_dir() and path.name.startswith("RC"))


def run(case: Path) -> Report:
    """Build the schemas of a case, or add the files of the case to them."""
    report = Report()
    sources = Sources(files.read_tree(case / "schemas"), "schemas", TEMPLATES)
    if not (case / "add").is_dir():
        built = pipeline.build(sources, report)
        assert (built is None) == report.failed
        return report
    given = {
        path: jsontext.decode(content, path, report) for path, content in files.read_tree(case / "add").items() if path != "id.txt"
    }
    model_id = (case / "add" / "id.txt").read_text().strip() if (case / "add" / "id.txt").is_file() else None
    texts = {path: text for path, text in given.items() if text is not None}
    changes = pipeline.add(sources, texts, model_id=model_id, captured="2026-11-22", report=report)
    assert not (changes and report.failed)
    return report


@pytest.mark.parametrize("case", CASES)
def test_diagnostic(case: str, accept: bool) -> None:
    report = run(HERE / case)
    text = as_text(report)
    expected = HERE / case / "expected.txt"
    if accept:
        files.write_file(expected, text.encode())
    assert case.split("_")[0] in {diagnostic.code for diagnostic in report}
    assert text == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_every_rejection_has_a_position_and_a_next_step(case: str) -> None:
    for diagnostic in run(HERE / case):
        assert diagnostic.place.file and diagnostic.help
        assert (
            diagnostic.severity is not Severity.ERROR
            or diagnostic.place.line
            or diagnostic.place.pointer
            or diagnostic.code in {"RC104", "RC316"}
        )


def test_at_least_95_percent_of_rejections_name_the_position() -> None:
    rejections = [diagnostic.place for case in CASES for diagnostic in run(HERE / case) if diagnostic.severity is Severity.ERROR]
    spotted = [place for place in rejections if place.file and (place.pointer or (place.line and place.column))]
    assert len(rejections) >= len(CASES)
    assert len(spotted) >= 0.95 * len(rejections)


def test_a_file_that_exceeds_the_limit_is_not_read() -> None:
    report = Report()
    assert jsontext.decode(b" " * (jsontext.LIMIT_BYTES + 1), "big.json", report) is None
    assert [diagnostic.code for diagnostic in report] == ["RC104"]


def test_every_code_has_a_case() -> None:
    elsewhere = {"RC104", DISK, "RC701"}  # a huge file, which is above; what the disk refuses, and notes, with the commands
    assert {case.split("_")[0] for case in CASES} | elsewhere == set(CODES)
