"""Checks of a normalised schema before code is generated: it must be valid, satisfiable and consistent."""

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
"""Maximum number of properties of an object."""
MAX_CHOICES: Final = 2000
"""Maximum number of values of an enum."""
MAX_TEXT: Final = 20_000
"""Maximum length of a description or default, in characters."""
MAX_NAME: Final = 1_000
"""Maximum length of a property name and of a value of an enum, in characters."""

MAX_BODY: Final = 10_000
"""Maximum size of the smallest valid value: its number of values plus the characters of its strings."""

Locate = Callable[[str], Place]


def check(schema: Mapping[str, Any], pointer: str, place: Locate, report: Report) -> None:
    """Report the errors of a normalised schema, which is at `pointer` in its file."""
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
    """Report the errors of a normalised schema by the meta-schema of JSON Schema. `normalise` should not let any through."""
    for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema):
        at = pointer + "".join(f"/{escape(str(token))}" for token in error.absolute_path)
        report.error("RC501", place(at), f"not valid JSON Schema: {error.message[:200]}", help="correct the schema")


def check_input(schema: Mapping[str, Any], pointer: str, place: Locate, report: Report) -> None:
    """Report a schema that cannot be the schema of a request body."""
    if schema.get("type") != "object" or "properties" not in schema:
        report.error(
            "RC502",
            place(pointer),
            "an input schema must be an object with properties",
            help='write {"type": "object", "properties": {...}}',
        )


def check_texts(texts: Mapping[str, str | None], place: Locate, report: Report) -> None:
    """Report texts of a document that are too long for generated code."""
    for key, text in texts.items():
        if text and len(text) > MAX_TEXT:
            message = f"{len(text)} characters of {key} exceed the limit of {MAX_TEXT}"
            report.error("RC504", place(f"/{key}"), message, help="shorten it with a correction")


RULES: Final = {"sum_equals": ("items", "part", "total")}
"""The rules between inputs that a document may contain, and the keys of each."""


def check_rules(rules: tuple[Mapping[str, Any], ...], schema: Mapping[str, Any], place: Locate, report: Report) -> None:
    """Report rules that are unknown, or refer to undeclared inputs."""
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
                report.error("RC511", place(at), f'the rule refers to "{name}", which is not declared', help="correct the rule")


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
    """Report objects without a finite value, and a schema whose smallest value is too large."""
    weights = MinimalSize(schema)
    for name in weights.endless:
        message = f'no value is valid: each "{name}" must contain another "{name}"'
        report.error("RC503", place(f"{pointer}/$defs/{escape(name)}"), message, help="make one of its inputs optional")
    total = weights.of(schema)
    if not weights.endless and total > MAX_BODY:
        message = f"the smallest valid value has {total:,.0f} values and characters, which exceeds the limit of {MAX_BODY:,}"
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
            report.error("RC504", place(where), f"{size} {what} exceed the limit of {limit}", help="shorten it with a correction")
    for name in properties:
        if not name.strip():
            report.error(
                "RC505", place(f"{at}/properties/{escape(name)}"), "a property without a name", help="name it with a correction"
            )


def _length(value: object) -> int:
    """Return the length of a string, or the length of any other value as JSON."""
    return len(value) if isinstance(value, str) else len(json.dumps(value))


def _check_required(part: Mapping[str, Any], at: str, place: Locate, report: Report) -> None:
    properties, required = list(part.get("properties", {})), part.get("required", [])
    known = set(properties)
    for index, name in enumerate(required if len(required) <= MAX_PROPERTIES else []):
        if name in required[:index]:
            report.error("RC501", place(f"{at}/required/{index}"), f'"{name}" is listed twice', help="remove one of the two")
        if name not in known:
            report.error(
                "RC506",
                place(f"{at}/required/{index}"),
                f'"{name}" is required but not declared{did_you_mean(name, properties)}',
                help="declare it or remove it; if it was published like this, use a correction",
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
        if exact_text(value) in seen:
            report.error("RC508", place(f"{at}/enum/{index}"), f"duplicate value {quoted(value)} in the enum", help="remove one")
        seen.add(exact_text(value))


def exact_text(value: object) -> str:
    """Return a text that is equal only for values of equal type and value."""
    return repr(value)


def _check_default(part: Mapping[str, Any], root: Mapping[str, Any], at: str, place: Locate, report: Report) -> None:
    if "default" in part and not fits(part["default"], part, root):
        report.warn(
            "RC509",
            place(f"{at}/default"),
            f"the default {quoted(part['default'])} is not valid by its own schema and is ignored",
            help="correct the default or the bound",
        )


def _check_visible(part: Mapping[str, Any], at: str, place: Locate, report: Report) -> None:
    """Warn about invisible characters in names and enum values, which often come from copied web pages."""
    texts = [(f"{at}/properties/{escape(name)}", name) for name in part.get("properties", {})]
    texts += [(f"{at}/enum/{index}", value) for index, value in enumerate(part.get("enum", [])) if isinstance(value, str)]
    for where, text in texts:
        found = _invisible(text)
        if found:
            codes = ", ".join(dict.fromkeys(f"U+{ord(character):04X}" for character in found))
            message = f"{quoted(text, plain=True)} contains the invisible character {codes}, which is sent unchanged"
            report.warn("RC515", place(where), message, help="remove it with a correction, unless the API requires it")


def _invisible(text: str) -> str:
    """Return the invisible characters of a text if all others are ASCII, since other scripts and emoji need some of them."""
    invisible = "".join(char for char in text if char != " " and unicodedata.category(char) in ("Cf", "Zs", "Zl", "Zp"))
    return invisible if all(char.isascii() or char in invisible for char in text) else ""


def without_unfit_defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema without its invalid defaults."""
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
