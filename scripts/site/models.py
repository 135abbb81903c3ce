"""A page for each model, made from its shipped schema document, and the list of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from runcomfy_client.catalog import ModelDocument, all_documents, model_class
from runcomfy_client.errors import InvalidInput
from runcomfy_client.model_page.code import code_for
from runcomfy_client.model_page.describe import default_of, describe
from runcomfy_client.prices import price_words

from scripts.site.markdown import block, code, plain, table

_CODES: Final = {"python": "python", "cli": "sh", "curl": "sh"}
"""The ways to run a model that its page shows, and their languages."""
_LONGEST_DEFAULT: Final = 60
_LONGEST_TEXT: Final = 120
_KINDS: Final = ("image", "video", "audio")


def page_path(model_id: str) -> str:
    """Where the page of a model stands."""
    return f"models/{model_id.replace(' ', '-')}.md"


def model_pages() -> dict[str, str]:
    """Return the pages of all models and of their list, by path."""
    documents = list(all_documents())
    pages = {page_path(document.model_id): "\n".join(_page(document)) for document in documents}
    return {**pages, "models/index.md": "\n".join(_index(documents))}


def _index(documents: Sequence[ModelDocument]) -> Iterator[str]:
    yield from (
        "# Models",
        "",
        f"{len(documents)} models, by what they make. Each page has the inputs, and an example to copy.",
        "",
    )
    order = {kind: number for number, kind in enumerate(_KINDS)}
    ordered = sorted(documents, key=lambda document: (order.get(document.kind, len(order)), document.kind, document.model_id))
    for kind, listed in groupby(ordered, key=lambda document: document.kind):
        yield from (f"## {plain(kind.capitalize() or 'Other')}", "")
        rows = [
            (
                f"[{plain(document.name or document.model_id)}]({_link(document.model_id)})" + _retired(document),
                code(document.model_id),
                plain(price_words(document.raw).partition(";")[0]),
            )
            for document in listed
        ]
        yield from table(("Model", "Id", "Price"), rows)


def _link(model_id: str) -> str:
    return page_path(model_id).removeprefix("models/")


def _retired(document: ModelDocument) -> str:
    return " (retired)" if document.raw.get("retired") else ""


def _page(document: ModelDocument) -> Iterator[str]:
    raw, model = document.raw, model_class(document.model_id)
    yield from (f"# {plain(document.name or document.model_id)}", "")
    if document.description:
        yield from (plain(document.description), "")
    if raw.get("retired"):
        yield from (
            "!!! warning",
            f"    The catalog has not listed this model since {raw['retired']}: its requests may be refused.",
            "",
        )
    yield from (f"- **{name}**: {text}" for name, text in _facts(document, model.__name__))
    yield from ("", "## Inputs", "")
    schema = raw["input_schema"]
    if schema.get("properties"):
        yield from (*_inputs(schema, schema, ""), "")
    else:
        yield from ("The documentation names no inputs.", "")
    yield from _notes(raw)
    yield from ("## Output", "")
    yield from _outputs(raw)
    yield from ("## Examples", "")
    for way in code_for(model, raw, sample_inputs(document)):
        if way.key in _CODES:
            yield from (f"### {way.title}", "", *block(way.text, _CODES[way.key]))
    yield from ("[All models](" + "../" * document.model_id.count("/") + "index.md)", "")


def sample_inputs(document: ModelDocument) -> dict[str, Any]:
    """Return the documented sample of a model's inputs; long texts are cut to their first words."""
    inputs = document.raw.get("example") or {}
    short = {name: _shortened(value) if isinstance(value, str) else value for name, value in inputs.items()}
    try:
        model_class(document.model_id)(**short)
    except InvalidInput:
        return dict(inputs)
    return short


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST_TEXT or " " not in text:
        return text
    return text[:_LONGEST_TEXT].rpartition(" ")[0].rstrip(" ,;:") + " ..."


def _facts(document: ModelDocument, class_name: str) -> Iterator[tuple[str, str]]:
    yield "Model id", code(document.model_id)
    yield "Class", code(f"runcomfy_client.models.{class_name}")
    if document.kind:
        yield "Makes", plain(document.kind)
    if document.categories:
        yield "Categories", plain(", ".join(document.categories))
    yield "Price", plain(price_words(document.raw)) or "not published"
    if document.raw.get("pricing_note"):
        yield "Note on the price", plain(document.raw["pricing_note"])


def _inputs(schema: Mapping[str, Any], root: Mapping[str, Any], indent: str) -> Iterator[str]:
    """Yield an item of a list for each input, the parts of objects below their own; the required ones first."""
    required = set(schema.get("required", ()))
    properties: Mapping[str, Any] = schema.get("properties", {})
    for name in sorted(properties, key=lambda name: name not in required):
        part = _resolved(properties[name], root)
        facts = [plain(describe(part)), *(["**required**"] if name in required else [])]
        if "default" in part:
            facts.append(f"default {_default(part)}")
        meaning = plain(str(part.get("description") or ""))
        yield f"{indent}- {code(name)}: {', '.join(facts)}.{f'<br>{meaning}' if meaning else ''}"
        inner = _resolved(part.get("items", {}), root) if "array" in str(part.get("type")) else part
        if inner.get("properties"):
            yield from _inputs(inner, root, f"{indent}    ")


def _default(schema: Mapping[str, Any]) -> str:
    text = default_of(schema)
    if not text.strip():
        return "empty"
    return code(text if len(text) <= _LONGEST_DEFAULT else f"{text[:_LONGEST_DEFAULT]}…")


def _resolved(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema, or what its reference leads to."""
    while isinstance(schema, Mapping) and str(schema.get("$ref", "")).startswith("#/$defs/"):
        schema = {**root["$defs"][schema["$ref"].removeprefix("#/$defs/")], **{k: v for k, v in schema.items() if k != "$ref"}}
    return schema if isinstance(schema, Mapping) else {}


def _notes(raw: Mapping[str, Any]) -> Iterator[str]:
    rules = raw["input_schema"].get("x-rules") or ()
    for rule in rules:
        told = ", ".join(f"{key} {code(str(value))}" for key, value in rule.items() if key != "kind")
        yield f"- Rule {code(rule['kind'])}: {told}. It is checked before anything is sent."
    if raw.get("incomplete"):
        yield f"- The documentation leaves the shape of {', '.join(map(code, raw['incomplete']))} open: the server alone checks it."
    if rules or raw.get("incomplete"):
        yield ""


def _outputs(raw: Mapping[str, Any]) -> Iterator[str]:
    schema = raw.get("output_schema") or {}
    properties: Mapping[str, Any] = schema.get("properties", {})
    if not properties:
        yield from (
            "The documentation does not say; `result.output` has what the API is known to answer, and everything else as JSON.",
            "",
        )
        return
    for name, value in properties.items():
        part = _resolved(value, schema)
        meaning = plain(str(part.get("description") or ""))
        holds = plain(describe(part)).removesuffix(", or a local file")
        yield f"- {code(f'result.output.{name}')}: {holds}.{f'<br>{meaning}' if meaning else ''}"
    yield ""
