"""The catalog: entries of the documented shape, filters, pages, and the source of the schema documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.conftest import Ask, Build
from tests.simulator.schema_documents import ALL, FILM, PICTURE

IDS = ["acme/Film Live 01", "acme/film-2.0/image-to-video", "acme/picture", "acme/picture/4K"]


def listed(ask: Ask, query: str = "") -> list[str]:
    return [entry["model_id"] for entry in ask("GET", f"/v1/models{query}").json()["models"]]


def test_an_entry_describes_a_model_as_the_catalog_does(ask: Ask) -> None:
    entry = ask("GET", "/v1/models/acme/film-2.0/image-to-video").json()
    schema = entry.pop("input_schema")
    assert entry == {
        "model_id": "acme/film-2.0/image-to-video",
        "display_name": "Film 2.0",
        "description": "Turns a photo into a clip.",
        "kind": "model",
        "categories": ["image-to-video"],
        "base_price_usd": 0.01,
        "price_unit": "output",
        "pricing_note": "Simulated: nothing is billed.",
        "model_url": "https://simulator.invalid/v1/models/acme/film-2.0/image-to-video",
        "inputs": ["aspect_ratio", "camera", "cfg_scale", "duration", "prompt", "references", "shots", "start_image_url"],
        "required_inputs": ["prompt", "start_image_url"],
        "incomplete": ["camera"],
    }
    assert list(schema["properties"]) == [name for name in entry["inputs"] if name != "camera"], "in alphabetical order"
    assert schema["properties"]["start_image_url"] == {"type": "string", "format": "image_uri"}
    assert schema["properties"]["references"] == {"type": "array", "items": {"type": "string", "format": "uri"}}
    assert schema["properties"]["prompt"] == {"type": "string", "maxLength": 40, "default": "A kite."}
    assert "x-" not in json.dumps(schema)


def test_the_list_contains_schemas_only_on_request(ask: Ask) -> None:
    plain, full = ask("GET", "/v1/models").json(), ask("GET", "/v1/models?include_schema=true").json()
    assert {key: plain[key] for key in ("total", "limit", "offset")} == {"total": 4, "limit": 100, "offset": 0}
    assert not any("input_schema" in entry for entry in plain["models"])
    assert all("input_schema" in entry for entry in full["models"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", IDS),
        ("?search=FILM", IDS[:2]),
        ("?search=photo", IDS[1:2]),
        ("?search=nothing", []),
        ("?category=text-to-video", IDS[:1]),
        ("?category=video", []),
        ("?kind=model", IDS),
        ("?kind=workflow", []),
        ("?limit=2", IDS[:2]),
        ("?limit=2&offset=2", IDS[2:]),
        ("?offset=9", []),
        ("?search=picture&category=fast&limit=1&offset=1", IDS[3:]),
    ],
)
def test_filters_and_pages(ask: Ask, query: str, expected: list[str]) -> None:
    assert listed(ask, query) == expected


def test_the_total_counts_the_filtered_models(ask: Ask) -> None:
    assert ask("GET", "/v1/models?search=film&limit=1&offset=1").json()["total"] == 2


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=ten", "limit=", "offset=-1"])
def test_pages_out_of_range_are_rejected(ask: Ask, query: str) -> None:
    answer = ask("GET", f"/v1/models?{query}")
    assert answer.status == 400
    assert answer.json()["error_message"].startswith(query.partition("=")[0])


def test_categories(ask: Ask) -> None:
    assert ask("GET", "/v1/models/categories").json() == {
        "categories": ["fast", "image-to-video", "text-to-image", "text-to-video"]
    }


@pytest.mark.parametrize("as_text", [True, False])
def test_documents_from_a_folder(build: Build, tmp_path: Path, as_text: bool) -> None:
    for name, document in [("film.json", FILM), ("deep/er/picture.json", PICTURE)]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "README.md").write_text("not a document", encoding="utf-8")
    catalog = build(schemas=str(tmp_path) if as_text else tmp_path).catalog
    assert [model.model_id for model in catalog] == ["acme/film-2.0/image-to-video", "acme/picture/4K"]


@pytest.mark.parametrize(
    ("content", "words"), [("{", "broken.json: not JSON"), ("[]", "broken.json: not a schema document"), ("{}", "model_id")]
)
def test_an_invalid_document_is_named(build: Build, tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "broken.json").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        build(schemas=tmp_path)


def test_no_documents_are_an_error(build: Build, tmp_path: Path) -> None:
    choices: tuple[Any, ...] = ([], tmp_path, tmp_path / "missing")
    for schemas in choices:
        with pytest.raises(ValueError, match="no schema documents"):
            build(schemas=schemas)


def test_documents_may_come_from_a_generator(build: Build) -> None:
    documents: Any = (document for document in ALL)
    assert len(build(schemas=documents).catalog) == len(ALL)


def test_by_default_the_documents_of_the_package_are_read_when_first_needed(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runcomfy_client.simulator.catalog.files", lambda package: tmp_path / package)
    sim = build(schemas=None)
    folder = tmp_path / "runcomfy_client" / "schemas" / "acme"
    folder.mkdir(parents=True)
    (folder / "film.json").write_text(json.dumps(FILM), encoding="utf-8")
    assert [model.model_id for model in sim.catalog] == ["acme/film-2.0/image-to-video"]
