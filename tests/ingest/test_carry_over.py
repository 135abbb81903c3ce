"""Adding a second source of a model keeps the parts that only the first contains, and records their source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codegen.cli import main

SCHEMA: dict[str, Any] = {"type": "object", "required": ["prompt"], "properties": {"prompt": {"type": "string"}}}
TITLED: dict[str, Any] = {**SCHEMA, "properties": {"prompt": {"type": "string", "title": "Prompt"}, "old": {"type": "integer"}}}
OUTPUT = {"output": {"type": "object", "properties": {"video": {"type": "string", "format": "uri"}}}}
PAGE = (
    'curl --url https://model-api.runcomfy.net/v1/models/acme/film --data \'{"prompt": "A hill."}\'\n\n'
    + json.dumps(TITLED)
    + "\n\n"
    + json.dumps(OUTPUT)
)
ENTRY = {"model_id": "acme/film", "display_name": "Film", "categories": ["video"], "base_price_usd": 0.08, "price_unit": "second"}
FROM_PAGE = {"source": "documentation page", "captured": "2026-11-20"}


def add(
    folder: Path, text: str | dict[str, Any], captured: str, capsys: pytest.CaptureFixture[str], *options: str
) -> tuple[Any, str]:
    source = folder.parent / ("given.json" if isinstance(text, dict) else "given.txt")
    source.write_text(json.dumps(text) if isinstance(text, dict) else text)
    (folder / "models").mkdir(parents=True, exist_ok=True)
    code = main(["add", str(source), "--schemas", str(folder), "--captured", captured, *options])
    assert code == 0
    return json.loads((folder / "models" / "acme" / "film.json").read_text()), capsys.readouterr().out


def test_adding_a_catalog_entry_after_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "schemas"
    add(folder, PAGE, "2026-11-20", capsys)
    merged, said = add(folder, {**ENTRY, "input_schema": SCHEMA}, "2026-11-25", capsys)
    assert merged["output_schema"] == OUTPUT
    assert merged["example"] == {"prompt": "A hill."}
    assert merged["input_schema"]["properties"] == {"prompt": {"type": "string", "title": "Prompt"}}
    assert (merged["base_price_usd"], merged["source"], merged["captured"]) == (0.08, "catalog", "2026-11-25")
    assert merged["provenance"] == dict.fromkeys(("output_schema", "example", "titles"), FROM_PAGE)
    assert "acme/film: kept output_schema, example, titles (documentation page, 2026-11-20)" in said


def test_adding_a_page_after_a_catalog_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "schemas"
    add(folder, {**ENTRY, "input_schema": SCHEMA}, "2026-11-20", capsys)
    merged, _ = add(folder, PAGE, "2026-11-25", capsys)
    assert (merged["display_name"], merged["base_price_usd"], merged["price_unit"]) == ("Film", 0.08, "second")
    assert merged["output_schema"] == OUTPUT
    assert merged["source"] == "documentation page"
    assert merged["provenance"]["base_price_usd"] == {"source": "catalog", "captured": "2026-11-20"}


def test_adding_the_same_again_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "schemas"
    add(folder, PAGE, "2026-11-20", capsys)
    first, _ = add(folder, {**ENTRY, "input_schema": SCHEMA}, "2026-11-25", capsys)
    again, said = add(folder, {**ENTRY, "input_schema": SCHEMA}, "2026-11-26", capsys)
    assert first == again
    assert "unchanged: " in said


def test_the_new_source_replaces_the_parts_it_contains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "schemas"
    add(folder, PAGE, "2026-11-20", capsys)
    output = {"output": {"type": "object", "properties": {"image": {"type": "string"}}}}
    entry = {
        **ENTRY,
        "input_schema": {**SCHEMA, "properties": {"prompt": {"type": "string", "title": "Text"}}},
        "output_schema": output,
    }
    merged, _ = add(folder, entry, "2026-11-25", capsys)
    assert merged["output_schema"] == output
    assert merged["input_schema"]["properties"]["prompt"]["title"] == "Text"
    assert merged["provenance"] == {"example": FROM_PAGE}


def test_parts_missing_from_the_same_source_are_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "schemas"
    add(folder, {**ENTRY, "input_schema": SCHEMA}, "2026-11-20", capsys)
    entry = {"model_id": "acme/film", "display_name": "Film", "input_schema": SCHEMA}
    merged, _ = add(folder, entry, "2026-11-25", capsys)
    assert "base_price_usd" not in merged
    assert "provenance" not in merged


def test_a_sample_that_is_no_longer_valid_is_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "schemas"
    add(folder, PAGE, "2026-11-20", capsys)
    changed = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    merged, _ = add(folder, {**ENTRY, "input_schema": changed}, "2026-11-25", capsys)
    assert "example" not in merged
    assert merged["output_schema"] == OUTPUT


DEFAULT = "/input_schema/properties/{}/default"


def page(**properties: Any) -> str:
    """Return the text of a page with additional inputs."""
    return PAGE.replace(json.dumps(TITLED), json.dumps({**TITLED, "properties": {**TITLED["properties"], **properties}}))


def entry(**properties: Any) -> dict[str, Any]:
    return {**ENTRY, "input_schema": {**SCHEMA, "properties": {**SCHEMA["properties"], **properties}}}


def test_a_default_that_only_the_page_contains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "schemas"
    seconds = {"type": "integer", "maximum": 15}
    add(folder, page(seconds={**seconds, "default": 5}, size={"type": "string", "default": "s"}), "2026-11-20", capsys)
    now = entry(seconds={**seconds, "description": "Length."}, size={"type": "string", "default": "m"})
    merged, said = add(folder, now, "2026-11-25", capsys)
    inputs = merged["input_schema"]["properties"]
    assert inputs["seconds"] == {**seconds, "description": "Length.", "default": 5}
    assert inputs["size"]["default"] == "m"
    assert merged["provenance"][DEFAULT.format("seconds")] == FROM_PAGE
    assert DEFAULT.format("size") not in merged["provenance"]
    assert f"{DEFAULT.format('seconds')} (documentation page, 2026-11-20)" in said
    _, said = add(folder, now, "2026-11-26", capsys)
    assert "unchanged: " in said


def test_a_default_of_an_input_that_has_changed_is_not_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "schemas"
    add(folder, page(seconds={"type": "integer", "maximum": 15, "default": 5}), "2026-11-20", capsys)
    merged, _ = add(folder, entry(seconds={"type": "integer", "maximum": 4}), "2026-11-25", capsys)
    assert merged["input_schema"]["properties"]["seconds"] == {"type": "integer", "maximum": 4}


def test_a_default_missing_from_the_same_source_is_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "schemas"
    plain: dict[str, Any] = {"type": "integer"}
    add(folder, page(seconds={**plain, "default": 5}, seed=plain), "2026-11-20", capsys)
    add(folder, entry(seconds=plain, seed={**plain, "default": 1}), "2026-11-25", capsys)
    merged, _ = add(folder, entry(seconds=plain, seed=plain), "2026-11-26", capsys)
    inputs = merged["input_schema"]["properties"]
    assert (inputs["seconds"], inputs["seed"]) == ({**plain, "default": 5}, plain)
