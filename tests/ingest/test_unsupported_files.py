"""Files that users provide: artefacts of copying are removed, and unsupported formats are rejected by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.read.document import Document
from codegen.read.ingest import ingest
from codegen.read.ingest.cleaning import clean
from codegen.values.diagnostics import Diagnostic, Report

ENDPOINT = "https://model-api.runcomfy.net/v1/models/acme/film-2/text-to-video"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["prompt"],
    "properties": {
        "prompt": {"type": "string", "description": 'A "scene", its\u00a0light <soft>; > no quotation, \u200b nor a blank.'},
        "seed": {"type": "integer", "default": -1},
    },
}
OUTPUT = {"output": {"type": "object", "properties": {"video": {"type": "string", "format": "uri"}}}}
CALL = (
    f'curl --request POST \\\n  --url {ENDPOINT} \\\n  --header "Accept: */*" \\\n  --data \'{{\n    "prompt": "A hill."\n  }}\'\n'
)


def page(call: str = CALL) -> str:
    parts = (call, "Inputs", json.dumps(SCHEMA, indent=2, ensure_ascii=False), "Outputs", json.dumps(OUTPUT, indent=2), "The end.")
    return "\n\n".join(parts) + "\n"


def read(text: str, *, model_id: str | None = None) -> tuple[tuple[Document, ...], list[Diagnostic]]:
    report = Report()
    found = ingest(text, "page", model_id=model_id, captured="2026-11-22", report=report)
    return found, list(report)


def same_as_plain(text: str) -> None:
    (document,), diagnostics = read(text)
    assert not diagnostics
    assert document.model_id == "acme/film-2/text-to-video"
    assert document.input_schema == SCHEMA
    assert document.output_schema == OUTPUT
    assert document.example == {"prompt": "A hill."}


def entry(model_id: str = "acme/film-2/text-to-video") -> dict[str, Any]:
    return {"model_id": model_id, "input_schema": SCHEMA, "output_schema": OUTPUT}


# Artefacts of copying

ODD_BLANKS = ["\u00a0", "\u2009", "\u202f", "\u3000", "\u200b\u200b"]


def indented_with(blank: str) -> str:
    return "\n".join(blank * ((len(line) - len(line.lstrip())) // len(blank)) + line.lstrip() for line in page().split("\n"))


def after_colons(blank: str) -> str:
    return page().replace('": ', f'":{blank}')


@pytest.mark.parametrize("blank", ODD_BLANKS)
@pytest.mark.parametrize("changed", [indented_with, after_colons])
def test_unusual_whitespace_between_tokens_is_whitespace(blank: str, changed: Callable[[str], str]) -> None:
    same_as_plain(changed(blank))


@pytest.mark.parametrize("mark", ["> ", ">", ">> ", "> > ", " > "])
def test_quotation_marks_around_json_are_removed(mark: str) -> None:
    same_as_plain("".join(f"{mark}{line}\n" for line in page().split("\n")))


@pytest.mark.parametrize(
    "call",
    [
        f'curl -X POST {ENDPOINT} -H "Accept: */*" -d \'{{"prompt": "A hill."}}\'\n',
        f'curl --json \'{{"prompt": "A hill."}}\' {ENDPOINT} -s\n',
        CALL.replace(ENDPOINT, f"[{ENDPOINT}]({ENDPOINT})"),
        CALL.replace(ENDPOINT, f"<{ENDPOINT}>"),
        CALL.replace(ENDPOINT, f"({ENDPOINT})"),
        CALL.replace(ENDPOINT, f"`{ENDPOINT}`"),
    ],
)
def test_a_call_in_another_notation_names_its_model(call: str) -> None:
    same_as_plain(page(call))


@pytest.mark.parametrize(
    "head",
    [
        "HTTP/2 200 \ncontent-type: application/json\n\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n",
        "HTTP/1.1 200 OK\n\n",
    ],
)
def test_response_headers_are_ignored(head: str) -> None:
    found, diagnostics = read(head + json.dumps({"models": [entry()]}))
    assert [document.model_id for document in found] == ["acme/film-2/text-to-video"]
    assert not diagnostics


@given(st.text(st.sampled_from('ab"\\ \n\t>{}[]:,\u00a0\u200b\u3000'), max_size=60))
def test_cleaning_keeps_positions(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    assert [at for at, c in enumerate(cleaned) if c == "\n"] == [at for at, c in enumerate(text) if c == "\n"]
    assert clean(cleaned) == cleaned


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=4))
def test_cleaning_does_not_change_json(value: dict[str, str]) -> None:
    for text in (json.dumps(value), json.dumps(value, indent=2, ensure_ascii=False)):
        assert json.loads(clean(text)) == value


# Catalogs and data in other wrappers


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([entry("a/b"), entry("c/d")]),
        json.dumps([entry("a/b"), entry("c/d")], indent=1),
        "Our models:\n\n```json\n" + json.dumps({"models": [entry("a/b"), entry("c/d")]}, indent=2) + "\n```\n",
        "Two of them:\n\n```\n" + json.dumps([entry("a/b"), entry("c/d")]) + "\n```\n",
        "# a\n" + json.dumps(entry("a/b")) + "\n# c\n" + json.dumps(entry("c/d")) + "\n",
    ],
)
def test_catalog_entries_in_any_wrapper(text: str) -> None:
    found, diagnostics = read(text)
    assert [document.model_id for document in found] == ["a/b", "c/d"]
    assert all(document.input_schema == SCHEMA for document in found)
    assert not diagnostics


@pytest.mark.parametrize("model_id", [ENDPOINT, ENDPOINT + "/", "acme/film-2/text-to-video"])
def test_the_id_may_be_given_as_the_endpoint(model_id: str) -> None:
    (document,), _ = read(json.dumps(SCHEMA), model_id=model_id)
    assert document.model_id == "acme/film-2/text-to-video"


def embedded(props: dict[str, Any], *, attributes: str = 'id="__NEXT_DATA__" type="application/json"') -> str:
    data = json.dumps({"props": props}).replace("<", "\\u003c")
    return f'<!DOCTYPE html><html><body>\n<div id="__next"></div>\n<script {attributes}>{data}</script></body></html>'


@pytest.mark.parametrize("attributes", ['id="__NEXT_DATA__" type="application/json"', "type='application/json' id='__NEXT_DATA__'"])
def test_a_schema_only_in_the_embedded_data_of_a_page(attributes: str) -> None:
    same_as_plain(embedded({"page": [{"curl": CALL}, {"input_schema": SCHEMA, "output_schema": OUTPUT}]}, attributes=attributes))


def test_visible_schemas_take_precedence_over_embedded_data() -> None:
    other = embedded({"input_schema": {"type": "object", "properties": {"other": {"type": "string"}}}})
    shown = page().replace("&", "&amp;").replace("<", "&lt;")
    same_as_plain(other.replace('<div id="__next"></div>', f"<pre>{shown}</pre>"))


def test_the_schema_that_matches_the_sample_is_the_input_schema() -> None:
    before = {"type": "object", "properties": {"request_id": {"type": "string"}}}
    same_as_plain(page(CALL + "\n" + json.dumps(before)))


# Unsupported formats


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"openapi": "3.0.4", "paths": {}}', "an OpenAPI document"),
        ('{"swagger": "2.0"}', "an OpenAPI document"),
        ("type: object\nrequired: [prompt]\nproperties:\n  prompt:\n    type: string\n", "YAML"),
        ("---\nmodels:\n- model_id: acme/film\n  input_schema:\n    type: object\n", "YAML"),
        ("openapi: 3.1.0\ncomponents:\n  schemas:\n    A:\n      type: object\n", "YAML"),
        ("https://www.runcomfy.com/models/acme/film/api\n", "a URL"),
        ("\nwww.runcomfy.com/models/acme/film", "a URL"),
        (
            'From: <Saved by Blink>\nMIME-Version: 1.0\nContent-Type: multipart/related;\n\ttype="text/html"\n\n--x\n',
            "a web archive (MHTML)",
        ),
        ('{\\rtf1\\ansi {"type": 1}}', "a Rich Text document"),
        ('{"log": {"version": "1.2", "entries": []}}', "a recording of network traffic (HAR)"),
        ('{"info": {"schema": "x"}, "item": []}', "a Postman collection"),
        (CALL + '\n1 {\n2   "type": "object",\n3   "properties": {}\n4 }\n', "JSON with line numbers"),
        ('  1 | {\n  2 |   "type": "object",\n  3 |   "properties": {}\n  4 | }\n', "JSON with line numbers"),
        ('1: {\n2:   "type": "object",\n3:   "properties": {}\n', "JSON with line numbers"),
        ('--- a/x.json\n+++ b/x.json\n@@ -0,0 +1,3 @@\n+{\n+  "type": "object",\n', "a diff"),
        ("[InternetShortcut]\nURL=https://www.runcomfy.com/models/acme/film\n", "a URL"),
        ('<?xml version="1.0"?>\n<plist version="1.0"><dict>\n\t<key>URL</key>\n<string>https://x.test</string>', "a URL"),
        ('10 a\n 1. {\n 2.   "type": "object",\n 3.   "properties": {}\n', "JSON with line numbers"),
    ],
)
def test_another_format_is_rejected_by_name(text: str, name: str) -> None:
    found, (diagnostic,) = read(text)
    assert not found
    assert (diagnostic.code, diagnostic.message) == ("RC213", f"this is {name}")
    assert diagnostic.help


def test_a_page_with_numbered_steps_is_not_json_with_line_numbers() -> None:
    same_as_plain("1. Sign in\n2. Send\n3. Poll\n" + page())


@pytest.mark.parametrize(
    "key", ["inputschema", "inputSchema", "InputSchema", "input-schema", "outputschema", "OutputSchema", "displayName"]
)
def test_a_key_similar_to_a_known_one_gets_a_suggestion(key: str) -> None:
    given = {key: SCHEMA} if "nput" in key else {"input_schema": SCHEMA, key: "x"}
    _, diagnostics = read(json.dumps({"model_id": "acme/film", **given}))
    assert "RC309" in {diagnostic.code for diagnostic in diagnostics}
