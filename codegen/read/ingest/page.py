"""A documentation page, in any language and any of its forms, as text -> a schema document.

Nothing is read off headings, titles or labels: they depend on the language, and some pages have raw keys in their place. What
counts is the address of the endpoint, and the JSON objects that stand in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from codegen.read.document import ENDPOINTS, ORIGIN, Document, Origin, check_id, is_wrapped, looks_like_schema
from codegen.read.jsontext import Found, Json, SourceText, objects_in
from codegen.values.diagnostics import Place, Report, quoted

ADDRESS: Final = ORIGIN + ENDPOINTS
"""What stands before the model id on every documentation page."""

_ENDPOINT: Final = re.compile(rf"""(?P<quote>["'`\[(<]?){re.escape(ADDRESS)}(?P<rest>[^\r\n\u2028\u2029]*)""")
_CLOSES: Final = {"[": "]", "(": ")", "<": ">"}
_ID_ENDS: Final = re.compile(r"\s(?:\\(?:\s|$)|--?\w)")
_PLACEHOLDER: Final = ("{", "<", "$", ":")
_BODY_OPENS: Final = re.compile(r"(?:--data(?:-raw|-binary)?|--json|\s-d)[=\s]\s*+[^\w\s{}\[\]]{0,2}\s*+(?=\{)")
_FIRST_KEYS: Final = frozenset(("$schema", "type", "title", "description", "required", "properties", "output"))
_MOST_TOLD: Final = 20
_COPY_ALL: Final = "copy the whole documentation page, from its title to its footer, or save it as HTML"


@dataclass(frozen=True, slots=True)
class _Parts:
    """The JSON objects of a page by what they are."""

    schema: Json
    output: Json | None
    body: Json | None


def read_page(page: SourceText, *, model_id: str | None, captured: str, report: Report) -> Document | None:
    """Return the document of the one model that a page is about. `model_id` has to agree with the page, or stands in for its id."""
    parts = _find_parts(page, report)
    if parts is None:
        return None
    found = _find_id(page, model_id, report)
    if found is None:
        return None
    model_id, place = found
    if parts.output is None:
        help = "add an output_schema if you know it; without one the usual images, videos and audios are expected"
        report.warn("RC207", parts.schema.place(), "no output schema follows the input schema", help=help)
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
    """Return the page's JSON by what it is, or report why there is no input schema."""
    opens = {match.end() for match in _BODY_OPENS.finditer(page.content)}
    objects = objects_in(page)
    others = [found for found in objects if found.start not in opens]
    broken = [found for found in others if found.json is None and _meant_as_schema(found)]
    for found in broken[:_MOST_TOLD]:
        found.report_to(report)
    schemas = [found.json for found in others if found.json]
    body = _find_body(page, opens, objects, report)
    inputs = [index for index, json in enumerate(schemas) if _is_input_schema(json.value)]
    at = next((index for index in inputs if _fits(body, schemas[index])), next(iter(inputs), None))
    if at is None and not broken:
        _report_no_schema(page, objects, report)
    if at is None or broken:
        return None
    output = next((json for json in schemas[at + 1 :] if _is_output_schema(json.value, schemas[at].value)), None)
    return _Parts(schemas[at], output, body)


def _fits(body: Json | None, schema: Json) -> bool:
    """Return whether a sample body gives nothing but properties of a schema; with several schemas, the first such is the input."""
    return body is not None and body.value.keys() <= schema.value["properties"].keys()


def shows_schema(page: SourceText) -> bool:
    """Return whether a JSON object of the page is an input schema, sound or broken."""
    return any(_is_input_schema(found.json.value) if found.json else _meant_as_schema(found) for found in objects_in(page))


def _report_no_schema(page: SourceText, objects: tuple[Found, ...], report: Report) -> None:
    first = next((found for found in objects if found.json), None)
    if first:
        message = 'none of the JSON objects in this page is an input schema, with "type": "object" and properties'
        report.error("RC202", page.place(first.start), message, help=_COPY_ALL)
    elif objects:
        objects[0].report_to(report)
    else:
        report.error("RC201", page.place(0), "there is no JSON in this page", help=_COPY_ALL)


def _meant_as_schema(found: Found) -> bool:
    """Whether a broken object was to be a schema: samples of answers may be broken on a page, and harm nobody."""
    return "properties" in found.keys or found.keys[0] in _FIRST_KEYS


def _is_input_schema(value: dict[str, Any]) -> bool:
    return value.get("type") == "object" and "properties" in value


def _is_output_schema(value: dict[str, Any], input_schema: dict[str, Any]) -> bool:
    return (looks_like_schema(value) or is_wrapped(value)) and value != input_schema


def _find_body(page: SourceText, opens: set[int], objects: tuple[Found, ...], report: Report) -> Json | None:
    """Return the first sample body; one that is broken is worth a warning only, as it is a sample."""
    if not opens:
        return None
    start = min(opens)
    found = next((found for found in objects if found.start == start), None)
    if found and found.json:
        return found.json
    place = found.source.place(found.problems[0].offset, found.problems[0].pointer) if found else page.place(start)
    report.warn("RC208", place, "the sample body is left out: it is not valid JSON", help="add an example to the document")
    return None


def _find_id(page: SourceText, wanted: str | None, report: Report) -> tuple[str, Place] | None:
    """Return the model id and where it stands, or report that there is none, or more than one, or another than is wanted."""
    found = _ids_in(page.content)
    if not found and wanted is None:
        message = f"the page names no endpoint ({ADDRESS}...), so its model is not known"
        report.error("RC203", page.place(0), message, help="name the model with --id, as in --id vendor/model/variant")
        return None
    (model_id, offset), *others = found.items() or {str(wanted): 0}.items()
    place = page.place(offset)
    if others:
        other, there = others[0][0], page.place(others[0][1])
        message = f"the page names two models, {quoted(model_id)} at {place} and {quoted(other)} at {there}"
        report.error("RC204", there, message, help="put each page into a file of its own")
    elif wanted not in (None, model_id):
        message = f"the page is about {quoted(model_id)}, not {quoted(wanted)}"
        report.error("RC205", place, message, help="leave out --id, or give the page of that model")
    elif check_id(model_id, place, report):
        return model_id, place
    return None


def _ids_in(page: str) -> dict[str, int]:
    """Return the distinct ids behind the address of the endpoint, each with the offset where it stands first."""
    found: dict[str, int] = {}
    for match in _ENDPOINT.finditer(page):
        rest, quote = match["rest"], match["quote"]
        line = rest.partition(_CLOSES.get(quote, quote))[0] if quote else rest
        model_id = _ID_ENDS.split(line, maxsplit=1)[0].rstrip()
        if model_id and not model_id.startswith(_PLACEHOLDER):
            found.setdefault(model_id, match.start("rest"))
    return found


def _check_body(parts: _Parts, report: Report) -> None:
    """Warn where the sample body does not have exactly the required inputs: one of the two is then out of date."""
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
        report.warn(
            "RC206", parts.body.place(), message, help="look at the page again: the schema or the sample may be out of date"
        )
