"""`docs/diagnostics.md` matches the tables of codes. `--accept` updates it."""

from __future__ import annotations

import ast
from pathlib import Path

from codegen import files
from codegen.report import limits
from codegen.report.diagnostics_page import page
from codegen.values.codes import CODES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "diagnostics.md"


def test_the_page_is_up_to_date(accept: bool) -> None:
    if accept:
        files.write_file(PAGE, page().encode())
    assert PAGE.read_text(encoding="utf-8") == page(), "renew it with `make accept`"


def test_the_page_has_every_code_and_limit() -> None:
    for code, known in CODES.items():
        assert f"\n### {code}: {known.title}\n" in page()
    for limit in limits.LIMITS:
        assert f"| {limit.what} | {limit.value:,} | {limit.effect} |\n" in page()


def test_every_limit_of_the_generator_is_in_the_table() -> None:
    stated = {
        node.target.id
        for path in (ROOT / "codegen").rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id.startswith(("LIMIT_", "MAX_"))
    }
    assert stated == {name for name in vars(limits) if name.startswith(("LIMIT_", "MAX_"))}
    assert len(limits.LIMITS) == len(stated)
