"""Converts the text of a documentation page, in any language and format, to a schema document.

Headings, titles and labels are not used: they depend on the language, and on some pages they are missing translations. Only the URL
of the endpoint and the JSON objects in the text matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from codegen.read.document import ENDPOINTS, ORIGIN, Document, Origin, check_id, is_wrapped, looks_like_schema
from codegen.read.jsontext import Found, Json, SourceText, objects_in
from codegen.values.diagnostics import Place, Report, quoted

ADDRESS: Final = ORIGIN + ENDPOINTS
"""The URL of the endpoint, up to the model id, which all documentation pages contain."""

_ENDPOINT: Final = re.compile(rf"""(?P<quote>["'`\[(<]?){re.escape(ADDRESS)}(?P<rest>[^\r\n\u2028\u2029]*)""")
_CLOSES: Final = {"[": "]", "(": ")", "<": ">"}
_ID_ENDS: Final = re.compile(r"\s(?:\\(?:\s|$)|--?\w)")
_PLACEHOLDER: Final = ("{", "<", "$", ":")
_BODY_OPENS: Final = re.compile(r"(?:--data(?:-raw|-binary)?|--json|\s-d)[=\s]\s*+[^\w\s{}\[\]]{0,2}\s*+(?=\{)")
_FIRST_KEYS: Final = frozenset(("$schema", "type", "title", "description", "required", "properties", "output"))
_MAX_REPORTED: Final = 20
_COPY_ALL: Final = "copy the whole documentation page, from its title to its footer, or save it as HTML"


@dataclass(frozen=True, slots=True)
class _Parts:
    """The JSON objects of a page that are used."""

    schema: Json
    output: Json | None
    body: Json | None


def read_page(page: SourceText, *, model_id: str | None, captured: str, report: Report) -> Document | None:
    """Return the document of the model on a page.

    If `model_id` is not None, it must be the id on the page, or it is the id if the page has none.
    """
    parts = _find_parts(page, report)
    if parts is None:
        return None
    found = _find_id(page, model_id, report)
    if found is None:
        return None
    model_id, place = found
    if parts.output is None:
        help = "add an output_schema if you know it; without one, the output has the usual fields for media"
        report.warn("RC207", parts.schema.place(), "there is no output schema after the input schema", help=help)
    _check_body(parts, report)
    named = (("/input_schema", parts.schema), ("/output_schema", parts.output), ("/example", parts.body))
    return Document(
        model_id=model_id,
        input_schema=parts.schema.value,
        output_schema=parts.output.value if parts.output else None,
        example=parts.body.value if parts.body else None,
        source="documentation page",
        captured=captured,
        origin=Origin(tuple((pointer, part) for pointer, part in named if part), place),
    )


def _find_parts(page: SourceText, report: Report) -> _Parts | None:
    """Return the JSON objects of a page that are used, or report why there is no input schema."""
    opens = {match.end() for match in _BODY_OPENS.finditer(page.content)}
    objects = objects_in(page)
    others = [found for found in objects if found.start not in opens]
    broken = [found for found in others if found.json is None and _looks_like_broken_schema(found)]
    for found in broken[:_MAX_REPORTED]:
        found.report_to(report)
    schemas = [found.json for found in others if found.json]
    body = _find_body(page, opens, objects, report)
    inputs = [index for index, json in enumerate(schemas) if _is_input_schema(json.value)]
    at = next((index for index in inputs if _matches(body, schemas[index])), next(iter(inputs), None))
    if at is None and not broken:
        _report_no_schema(page, objects, report)
    if at is None or broken:
        return None
    output = next((json for json in schemas[at + 1 :] if _is_output_schema(json.value, schemas[at].value)), None)
    return _Parts(schemas[at], output, body)


def _matches(body: Json | None, schema: Json) -> bool:
    """Return True if a sample body has only properties of a schema. Of several schemas, the first that matches is the input."""
    return body is not None and body.value.keys() <= schema.value["properties"].keys()


def shows_schema(page: SourceText) -> bool:
    """Return True if a JSON object of a page is an input schema, valid or not."""
    return any(_is_input_schema(found.json.value) if found.json else _looks_like_broken_schema(found) for found in objects_in(page))


def _report_no_schema(page: SourceText, objects: tuple[Found, ...], report: Report) -> None:
    first = next((found for found in objects if found.json), None)
    if first:
        message = 'no JSON object in this page is an input schema, with "type": "object" and properties'
        report.error("RC202", page.place(first.start), message, help=_COPY_ALL)
    elif objects:
        objects[0].report_to(report)
    else:
        report.error("RC201", page.place(0), "this page contains no JSON", help=_COPY_ALL)


def _looks_like_broken_schema(found: Found) -> bool:
    """Return True if an invalid object is probably a schema. Invalid sample responses on a page are harmless."""
    return "properties" in found.keys or found.keys[0] in _FIRST_KEYS


def _is_input_schema(value: dict[str, Any]) -> bool:
    return value.get("type") == "object" and "properties" in value


def _is_output_schema(value: dict[str, Any], input_schema: dict[str, Any]) -> bool:
    return (looks_like_schema(value) or is_wrapped(value)) and value != input_schema


def _find_body(page: SourceText, opens: set[int], objects: tuple[Found, ...], report: Report) -> Json | None:
    """Return the first sample body. If it is invalid, report only a warning, since it is not needed."""
    if not opens:
        return None
    start = min(opens)
    found = next((found for found in objects if found.start == start), None)
    if found and found.json:
        return found.json
    place = found.source.place(found.problems[0].offset, found.problems[0].pointer) if found else page.place(start)
    report.warn("RC208", place, "the sample body is omitted, since it is not valid JSON", help="add an example to the document")
    return None


def _find_id(page: SourceText, expected: str | None, report: Report) -> tuple[str, Place] | None:
    """Return the model id and its place, or report that there is none, or several, or another one than expected."""
    ids = _ids_in(page.content)
    if not ids and expected is None:
        message = f"the page contains no endpoint ({ADDRESS}...), so its model is not known"
        report.error("RC203", page.place(0), message, help="pass the model id with --id, as in --id vendor/model/variant")
        return None
    (model_id, offset), *others = ids.items() or {str(expected): 0}.items()
    place = page.place(offset)
    if others:
        other, there = others[0][0], page.place(others[0][1])
        message = f"the page contains two models, {quoted(model_id)} at {place} and {quoted(other)} at {there}"
        report.error("RC204", there, message, help="save each page to its own file")
    elif expected not in (None, model_id):
        message = f"the page is about {quoted(model_id)}, not {quoted(expected)}"
        report.error("RC205", place, message, help="remove --id, or use the page of that model")
    elif check_id(model_id, place, report):
        return model_id, place
    return None


def _ids_in(page: str) -> dict[str, int]:
    """Return the distinct model ids after the URL of the endpoint, each with the offset of its first occurrence."""
    ids: dict[str, int] = {}
    for match in _ENDPOINT.finditer(page):
        rest, quote = match["rest"], match["quote"]
        line = rest.partition(_CLOSES.get(quote, quote))[0] if quote else rest
        model_id = _ID_ENDS.split(line, maxsplit=1)[0].rstrip()
        if model_id and not model_id.startswith(_PLACEHOLDER):
            ids.setdefault(model_id, match.start("rest"))
    return ids


def _check_body(parts: _Parts, report: Report) -> None:
    """Warn if the sample body does not have exactly the required inputs: then one of the two is out of date."""
    required, properties = parts.schema.value.get("required"), parts.schema.value["properties"]
    if parts.body is None or not isinstance(required, list) or not isinstance(properties, dict):
        return
    sample = parts.body.value
    missing = [name for name in required if isinstance(name, str) and name not in sample]
    surplus = [name for name in sample if name not in required]
    if missing or surplus:
        lacks = f"lacks {', '.join(map(quoted, missing))}" if missing else ""
        has = f"has {', '.join(map(quoted, surplus))}" if surplus else ""
        message = f"the sample body {' and '.join(filter(None, (lacks, has)))}, unlike the schema's list of required inputs"
        report.warn("RC206", parts.body.place(), message, help="check the page again: the schema or the sample may be out of date")
