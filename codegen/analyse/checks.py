"""The rules that a normalised schema must keep before code is made of it: it is valid, can be satisfied, and agrees with itself."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator

from codegen.analyse.validity import MinimalSize, fits
from codegen.values.diagnostics import Place, Report, did_you_mean, quoted
from codegen.values.pointer import escape

MAX_PROPERTIES: Final = 500
"""Most properties of one object."""
MAX_CHOICES: Final = 2000
"""Most values of one enum."""
MAX_TEXT: Final = 20_000
"""Longest description or default, in characters."""
MAX_NAME: Final = 1_000
"""Longest name of a property and longest value of an enum, in characters."""

MAX_BODY: Final = 10_000
"""Most that the smallest valid value may amount to: its values, and the characters of its texts."""

Locate = Callable[[str], Place]


def check(schema: Mapping[str, Any], pointer: str, place: Locate, report: Report) -> None:
    """Report what is wrong with a normalised schema that stands at `pointer` of its file."""
    parts = list(_parts(schema, pointer))
    for name, child in schema.get("$defs", {}).items():
        parts += _parts(child, f"{pointer}/$defs/{escape(name)}")
    for at, part in parts:
        _check_size(part, at, place, report)
        _check_required(part, at, place, report)
        _check_choices(part, at, place, report)
        _check_default(part, schema, at, place, report)
        _check_visible(part, at, place, report)
    _check_weight(schema, pointer, place, report)


def check_meta(schema: Mapping[str, Any], pointer: str, place: Locate, report: Report) -> None:
    """Report where a normalised schema is not JSON Schema. The dialect lets nothing through that is not, but this says it by the
    book.
    """
    for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema):
        at = pointer + "".join(f"/{escape(str(token))}" for token in error.absolute_path)
        report.error("RC501", place(at), f"not valid JSON Schema: {error.message[:200]}", help="correct the schema")


def check_input(schema: Mapping[str, Any], pointer: str, place: Locate, report: Report) -> None:
    """Report what keeps a schema from describing the body of a request."""
    if schema.get("type") != "object" or "properties" not in schema:
        report.error(
            "RC502",
            place(pointer),
            "an input schema must be an object with properties",
            help='write {"type": "object", "properties": {...}}',
        )


def check_texts(texts: Mapping[str, str | None], place: Locate, report: Report) -> None:
    """Report texts of a document that are too long to stand in code."""
    for key, text in texts.items():
        if text and len(text) > MAX_TEXT:
            message = f"{len(text)} characters of {key} are more than the limit, {MAX_TEXT}"
            report.error("RC504", place(f"/{key}"), message, help="shorten it by a correction")


RULES: Final = {"sum_equals": ("items", "part", "total")}
"""The rules between inputs that a document may state, and the members of each."""


def check_rules(rules: tuple[Mapping[str, Any], ...], schema: Mapping[str, Any], place: Locate, report: Report) -> None:
    """Report rules that are not known, or speak of inputs that are not there."""
    for index, rule in enumerate(rules):
        at = f"/rules/{index}"
        members = RULES.get(str(rule.get("kind")))
        if members is None or set(rule) != {"kind", *members} or not all(isinstance(rule[name], str) for name in members):
            known = "; ".join(f'"{kind}" with {", ".join(names)}' for kind, names in RULES.items())
            report.error("RC510", place(at), f"not a rule between inputs: {quoted(rule)}", help=f"the rules are: {known}")
            continue
        inputs = schema.get("properties", {})
        parts = inputs.get(rule["items"], {}).get("items", {}).get("properties", {})
        for name, known_names in ((rule["items"], inputs), (rule["total"], inputs), (rule["part"], parts)):
            if name not in known_names:
                report.error("RC511", place(at), f'the rule speaks of "{name}", which is not declared', help="correct the rule")


def _parts(schema: Mapping[str, Any], pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield pointer, schema
    for name, child in schema.get("properties", {}).items():
        yield from _parts(child, f"{pointer}/properties/{escape(name)}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _parts(schema[key], f"{pointer}/{key}")
    for index, branch in enumerate(schema.get("anyOf", [])):
        yield from _parts(branch, f"{pointer}/anyOf/{index}")


def _check_weight(schema: Mapping[str, Any], pointer: str, place: Locate, report: Report) -> None:
    """Report objects that need another of their kind inside, and a schema that asks for too much at once."""
    weights = MinimalSize(schema)
    for name in weights.endless:
        message = f'no value fits: a "{name}" needs another one inside it, without an end'
        report.error("RC503", place(f"{pointer}/$defs/{escape(name)}"), message, help="make one of its inputs optional")
    total = weights.of(schema)
    if not weights.endless and total > MAX_BODY:
        message = f"the smallest valid value amounts to {total:,.0f} values and characters, more than the limit, {MAX_BODY:,}"
        report.error("RC504", place(pointer), message, help="lower minItems or minLength, or make inputs optional")


def _check_size(part: Mapping[str, Any], at: str, place: Locate, report: Report) -> None:
    properties, required, choices = part.get("properties", {}), part.get("required", []), part.get("enum", [])
    sizes = [
        (at, "properties", len(properties), MAX_PROPERTIES),
        (f"{at}/required", "required properties", len(required), MAX_PROPERTIES),
        (f"{at}/enum", "enum values", len(choices), MAX_CHOICES),
        (f"{at}/description", "characters of description", len(part.get("description", "")), MAX_TEXT),
        (f"{at}/default", "characters of default", _length(part.get("default", "")), MAX_TEXT),
        *((f"{at}/properties/{escape(name)}", "characters of name", len(name), MAX_NAME) for name in properties),
        *((f"{at}/enum/{index}", "characters of value", _length(value), MAX_NAME) for index, value in enumerate(choices)),
    ]
    for where, what, size, limit in sizes:
        if size > limit:
            report.error(
                "RC504", place(where), f"{size} {what} are more than the limit, {limit}", help="shorten it by a correction"
            )
    for name in properties:
        if not name.strip():
            report.error(
                "RC505", place(f"{at}/properties/{escape(name)}"), "a property without a name", help="name it by a correction"
            )


def _length(value: object) -> int:
    """The length of a value: of a text, its own, so that none is written twice; of anything else, that of its JSON."""
    return len(value) if isinstance(value, str) else len(json.dumps(value))


def _check_required(part: Mapping[str, Any], at: str, place: Locate, report: Report) -> None:
    properties, required = list(part.get("properties", {})), part.get("required", [])
    known = set(properties)
    for index, name in enumerate(required if len(required) <= MAX_PROPERTIES else []):
        if name in required[:index]:
            report.error("RC501", place(f"{at}/required/{index}"), f'"{name}" is listed twice', help="take one out")
        if name not in known:
            report.error(
                "RC506",
                place(f"{at}/required/{index}"),
                f'"{name}" is required but not declared{did_you_mean(name, properties)}',
                help="declare it or take it out; where it was published so, settle it by a correction",
            )


def _check_choices(part: Mapping[str, Any], at: str, place: Locate, report: Report) -> None:
    if "enum" not in part:
        return
    validator = Draft202012Validator({"type": part["type"]})
    seen: set[str] = set()
    for index, value in enumerate(part["enum"]):
        if not validator.is_valid(value):
            report.error(
                "RC507",
                place(f"{at}/enum/{index}"),
                f"{quoted(value)} is not of type {quoted(part['type'])}",
                help="correct the type or the value",
            )
        if shown_exactly(value) in seen:
            report.error("RC508", place(f"{at}/enum/{index}"), f"{quoted(value)} stands twice in the enum", help="take one out")
        seen.add(shown_exactly(value))


def shown_exactly(value: object) -> str:
    """Write a value so that equal text means equal value and type."""
    return repr(value)


def _check_default(part: Mapping[str, Any], root: Mapping[str, Any], at: str, place: Locate, report: Report) -> None:
    if "default" in part and not fits(part["default"], part, root):
        report.warn(
            "RC509",
            place(f"{at}/default"),
            f"the default {quoted(part['default'])} is not valid by its own schema; it is left out",
            help="correct the default or the bound",
        )


def _check_visible(part: Mapping[str, Any], at: str, place: Locate, report: Report) -> None:
    """Warn about names and choices with characters that nobody sees, as copying from a web page leaves them."""
    texts = [(f"{at}/properties/{escape(name)}", name) for name in part.get("properties", {})]
    texts += [(f"{at}/enum/{index}", value) for index, value in enumerate(part.get("enum", [])) if isinstance(value, str)]
    for where, text in texts:
        found = _invisible(text)
        if found:
            codes = ", ".join(dict.fromkeys(f"U+{ord(character):04X}" for character in found))
            message = f"{quoted(text, plain=True)} holds {codes}, which nobody sees, and is sent so"
            report.warn("RC515", place(where), message, help="take it out by a correction, unless the API really wants it")


def _invisible(text: str) -> str:
    """Return the characters of a text that do not show, if all others are ASCII: other scripts and emoji need some of them."""
    found = "".join(one for one in text if one != " " and unicodedata.category(one) in ("Cf", "Zs", "Zl", "Zp"))
    return found if all(one.isascii() or one in found for one in text) else ""


def without_unfit_defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema less the defaults that are not valid by it."""
    return _fitting(schema, schema)


def _fitting(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    out = {key: value for key, value in schema.items() if key != "default" or fits(value, schema, root)}
    for key in ("properties", "$defs"):
        if key in out:
            out[key] = {name: _fitting(child, root) for name, child in out[key].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(out.get(key), dict):
            out[key] = _fitting(out[key], root)
    if "anyOf" in out:
        out["anyOf"] = [_fitting(branch, root) for branch in out["anyOf"]]
    return out
