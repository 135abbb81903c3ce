"""Documentation pages: a model in any form and language gives the same document, or one message with a position."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.read.document import Document
from codegen.read.ingest import ingest
from codegen.values.diagnostics import Diagnostic, Report, Severity
from tests.ingest.page_builder import ADDRESS, ENGLISH, LOCALES, OUTPUT, RUSSIAN, Model, PageForm, compose, compose_html

FILM = Model(
    "acme/film-2.0/image-to-video",
    {
        "type": "object",
        "title": "Что подаётся",
        "required": ["prompt", "images"],
        "properties": {
            "prompt": {"type": "string", "default": "It's a dog's day: {\"not\": 'json'} --data '{}'"},
            "seed": {"type": "integer", "default": -1},
            "scale": {"type": "float", "minimum": 0, "maximum": 1.0, "default": 0.5},
            "images": {"type": "array", "format": "image_uris", "maxItems": 9},
        },
    },
)


def read(text: str, *, model_id: str | None = None) -> tuple[tuple[Document, ...], list[Diagnostic]]:
    report = Report()
    found = ingest(text, "page", model_id=model_id, captured="2026-11-22", report=report)
    return found, list(report)


def accepted(text: str, *, model_id: str | None = None) -> Document:
    (document,), diagnostics = read(text, model_id=model_id)
    assert not diagnostics
    return document


def refused(text: str, *, model_id: str | None = None) -> Diagnostic:
    found, diagnostics = read(text, model_id=model_id)
    assert not found and len(diagnostics) == 1
    assert diagnostics[0].severity is Severity.ERROR and diagnostics[0].help and diagnostics[0].place.file == "page"
    return diagnostics[0]


def line_with(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def holds(document: Document, model: Model) -> None:
    assert document.model_id == model.model_id
    assert json.dumps(document.input_schema) == json.dumps(model.schema)
    assert json.dumps(document.output_schema) == json.dumps(model.output)
    assert json.dumps(document.example) == json.dumps(model.sample)
    assert (document.source, document.captured) == ("documentation page", "2026-11-22")
    assert (document.display_name, document.description, document.extra) == (None, None, {})


@pytest.mark.parametrize("words", LOCALES.values(), ids=LOCALES)
@pytest.mark.parametrize("form", PageForm, ids=lambda form: form.name)
def test_every_form_in_every_language_gives_the_same_document(form: PageForm, words: Any) -> None:
    holds(accepted(compose(FILM, form, words)), FILM)


@pytest.mark.parametrize("words", LOCALES.values(), ids=LOCALES)
@pytest.mark.parametrize("highlight", [True, False])
def test_saved_html_gives_the_same_document(words: Any, highlight: bool) -> None:
    holds(accepted(compose_html(FILM, words, highlight=highlight)), FILM)


TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from("'\"{}\\<>&\n"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
PROPERTIES = st.fixed_dictionaries(
    {"type": st.sampled_from(["string", "array", "float", "integer"])},
    optional={"default": VALUES, "description": TEXTS, "items": VALUES},
)


@st.composite
def models(draw: st.DrawFn) -> Model:
    properties = draw(st.dictionaries(TEXTS, PROPERTIES, max_size=4))
    required = draw(st.lists(st.sampled_from(sorted(properties)), unique=True)) if properties else []
    schema = {"type": "object", "title": draw(TEXTS), "required": required, "properties": properties}
    ids = st.sampled_from(["a/b", "acme/Film Two 2.0 Live/x", "kling/kling-3.0/4k/image-to-video"])
    outputs = st.sampled_from([OUTPUT, OUTPUT["output"], {"type": "string"}, {"output": {"anyOf": [{"type": "string"}]}}])
    return Model(draw(ids), schema, draw(outputs))


@given(models(), st.sampled_from(PageForm), st.sampled_from(sorted(LOCALES)))
def test_any_model_in_any_form_is_read(model: Model, form: PageForm, locale: str) -> None:
    holds(accepted(compose(model, form, LOCALES[locale])), model)


@given(models(), st.sampled_from(sorted(LOCALES)), st.booleans())
def test_any_model_in_html_is_read(model: Model, locale: str, highlight: bool) -> None:
    holds(accepted(compose_html(model, LOCALES[locale], highlight=highlight)), model)


@given(
    st.text()
    | st.lists(
        st.sampled_from([ADDRESS, "a/b", "\n", "{", '"type": ', '"object"', "--data '", "<pre>", "&quot;", "}", "<!--"])
    ).map("".join)
)
def test_any_text_gives_documents_or_errors(text: str) -> None:
    found, diagnostics = read(text)
    assert bool(found) != any(item.severity is Severity.ERROR for item in diagnostics)


@pytest.mark.parametrize(
    "page", [compose(FILM), compose_html(FILM), compose_html(FILM, highlight=False)], ids=["text", "spans", "html"]
)
def test_positions_refer_to_the_page(page: str) -> None:
    document = accepted(page)
    place = document.place("/input_schema/properties/scale/type")
    assert (place.file, place.pointer) == ("page", "/properties/scale/type")
    assert place.line is not None and place.column is not None
    assert "float" in page.split("\n")[place.line - 1][place.column - 1 :].removeprefix('"').removeprefix("&quot;")[:5]
    assert document.place("/model_id").line == line_with(page, f"--url {ADDRESS}")
    assert document.place("/example/prompt").line == line_with(page, "dog")
    assert document.place("/output_schema/output/type").line is not None


def test_an_explicit_id_must_match_the_page() -> None:
    assert accepted(compose(FILM), model_id=FILM.model_id).model_id == FILM.model_id
    found = refused(compose(FILM), model_id="acme/other")
    assert found.code == "RC205" and found.place.line == line_with(compose(FILM), ADDRESS)
    assert "acme/other" in found.message and FILM.model_id in found.message


def test_an_explicit_id_is_used_if_the_page_has_none() -> None:
    page = compose(FILM).replace(ADDRESS, "https://example.com/")
    assert accepted(page, model_id="acme/x").model_id == "acme/x"
    found = refused(page)
    assert found.code == "RC203" and "--id" in found.help


def test_an_explicit_id_must_be_valid() -> None:
    assert refused(compose(FILM), model_id="../x").code == "RC303"


def test_two_models_in_one_page_are_an_error_with_both_positions() -> None:
    page = compose(FILM) + "\n\n" + compose(Model("acme/other", FILM.schema))
    found = refused(page)
    first, second = line_with(page, ADDRESS), line_with(page, f"{ADDRESS}acme/other")
    assert found.code == "RC204" and found.place.line == second
    assert f'"{FILM.model_id}" at page:{first}:' in found.message and f'"acme/other" at page:{second}:' in found.message


@pytest.mark.parametrize("model_id", ["../../etc", "a/b?admin=1", "a\\b", "a//b", "a/%2e%2e"])
def test_an_id_on_a_page_must_be_valid(model_id: str) -> None:
    page = compose(Model(model_id, FILM.schema))
    found = refused(page)
    assert found.code == "RC303" and found.place.line == line_with(page, ADDRESS)


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        "{} ",
        "{} \\",
        "{} \\ ",
        "{} \\ --header x",
        "{} --header x",
        "'{}' \\",
        '"{}"',
        "`{}` is it",
        "{}\r",
        "{}\n/v1/models/x",
    ],
)
def test_the_id_ends_where_the_address_ends(line: str) -> None:
    quote = line[0] if line[0] in "'\"`" else ""
    body, url = line.removeprefix(quote), f"--url {quote}{ADDRESS}"
    assert (
        accepted(compose(FILM).replace(f"--url {ADDRESS}{FILM.model_id} \\", url + body.format("a/B 2.0 c"))).model_id
        == "a/B 2.0 c"
    )


@pytest.mark.parametrize("placeholder", ["{model_id}", "<model_id>", "$MODEL", ":id", ""])
def test_a_placeholder_is_not_an_id(placeholder: str) -> None:
    assert accepted(f"POST {ADDRESS}{placeholder}\n{compose(FILM)}").model_id == FILM.model_id


@pytest.mark.parametrize("text", ["Just a text.", "Just {braces}.", "<html><body><p>nothing</p><script>{}</script></body></html>"])
def test_a_page_without_json_is_one_error(text: str) -> None:
    found = refused(text)
    assert found.code == "RC201" and "whole documentation page" in found.help


def test_a_page_without_a_schema_is_one_error() -> None:
    page = compose(FILM)[: compose(FILM).index(ENGLISH.inputs, 600)]
    found = refused(page)
    assert found.code == "RC202" and found.place.line == line_with(page, "--data")


@pytest.mark.parametrize("render", [compose, compose_html])
@pytest.mark.parametrize(
    ("whole", "broken", "code", "word"),
    [
        ('"seed": {', '"seed": {{', "RC101", "seed"),
        ('"integer"', "'integer'", "RC101", "'integer'"),
        ("-1\n    }", "-1,\n    }", "RC101", "-1,"),
        ('"maximum": 1.0', '"maximum": NaN', "RC108", "NaN"),
        ('"maximum": 1.0', '"minimum": 1.0', "RC107", '"minimum": 1.0'),
        ('"title": "Что', '// "title": "Что', "RC101", "// "),
    ],
)
def test_a_broken_schema_is_an_error_at_its_position(render: Any, whole: str, broken: str, code: str, word: str) -> None:
    page = compose(FILM)
    if render is compose_html:
        whole, broken, word = html.escape(whole), html.escape(broken), html.escape(word)
        page = compose_html(FILM, highlight=False)
    assert whole in page
    page = page.replace(whole, broken)
    found, diagnostics = read(page)
    assert not found
    assert diagnostics[0].code == code and diagnostics[0].place.line == line_with(page, word)


def test_a_truncated_page_is_an_error_at_its_end() -> None:
    page = compose(FILM)
    page = page[: page.index('"float"')]
    found = refused(page)
    assert found.code == "RC101" and found.place.line == page.count("\n") + 1 and "completely" in found.help


def test_a_broken_sample_response_is_ignored() -> None:
    page = compose(FILM).replace(ENGLISH.poll, '{"request_id": "x", "output": {"video": "y"} "status": "completed"}', 2)
    holds(accepted(page), FILM)


def test_sample_responses_are_not_schemas() -> None:
    sample = '{"request_id": "x", "status": "succeeded", "output": {"video": "https://example.com/a.mp4"}}'
    holds(accepted(compose(FILM).replace(f"\n{ENGLISH.outputs}\n", f"\n{sample}\n")), FILM)


def test_a_repeated_input_schema_is_not_the_output_schema() -> None:
    page = compose(FILM).replace(f"\n{ENGLISH.outputs}\n", f"\n{json.dumps(FILM.schema)}\n")
    holds(accepted(page), FILM)


def test_a_page_without_an_output_schema_is_a_warning() -> None:
    (document,), (found,) = read(compose(Model(FILM.model_id, FILM.schema, output=None)))
    assert document.output_schema is None
    assert (found.code, found.severity) == ("RC207", Severity.WARNING)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"prompt": ""}, 'lacks "images"'),
        ({"prompt": "", "images": [], "seed": 1}, 'has "seed"'),
        ({"promt": "", "images": []}, 'lacks "prompt" and has "promt"'),
    ],
)
def test_an_invalid_sample_body_is_a_warning(body: dict[str, Any], words: str) -> None:
    page = compose(Model(FILM.model_id, FILM.schema, body=body))
    (document,), (found,) = read(page)
    assert document.example == body
    assert (found.code, found.severity, found.place.line) == ("RC206", Severity.WARNING, line_with(page, "--data"))
    assert words in found.message


@pytest.mark.parametrize("broken", ["\"x\": 'y',", "'y': 1,", "y"])
def test_a_broken_sample_body_is_ignored_with_a_warning(broken: str) -> None:
    page = compose(FILM, words=RUSSIAN).replace("--data '{\n", f"--data '{{ {broken}\n")
    (document,), (found,) = read(page)
    assert document.example is None and json.dumps(document.input_schema) == json.dumps(FILM.schema)
    assert (found.code, found.severity, found.place.line) == ("RC208", Severity.WARNING, line_with(page, "--data"))


def test_a_page_without_a_sample_body_is_fine() -> None:
    page = compose(FILM).replace("--data '", "--form '")
    assert accepted(page).example is None


def test_no_break_spaces_are_accepted_as_indentation() -> None:
    page = "\n".join("\u00a0" * (len(line) - len(line.lstrip())) + line.lstrip() for line in compose(FILM).split("\n"))
    holds(accepted(page), FILM)


def test_windows_line_ends_are_accepted() -> None:
    page = compose(FILM).replace("\n", "\r\n")
    document = accepted(page)
    holds(document, FILM)
    assert document.place("/model_id").line == line_with(page, ADDRESS)
