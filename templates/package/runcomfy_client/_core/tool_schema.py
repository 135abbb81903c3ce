"""Converts a model's input schema into the JSON Schema subset that a provider of language models accepts for a tool.

Constraints that a subset does not support are described in the description, so no documented information is lost. All functions are
pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from runcomfy_client._core.plain_text import escape_control_chars

Schema = Mapping[str, Any]

MEDIA_PATTERN: Final = r"^https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,4})?([/?#][!-~]*)?$"
"""A regular expression for URLs. The client accepts every URL that matches; other characters must be percent-encoded to match."""

_MAX_DESCRIPTION: Final = 1000
_MAX_NAME: Final = 64
_NUMBERS: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_BOUNDS: Final = _NUMBERS | {"minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "default"}
_BOUND_PHRASES: Final[Mapping[str, str]] = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "matches the regular expression {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "uniqueItems": "no two items are equal",
    "default": "server default {}",
}
_MEDIA_PHRASES: Final[Mapping[str, str]] = {"image": "an image", "video": "a video", "audio": "an audio file", "file": "a file"}
_FILE_RULE_PHRASES: Final[Mapping[str, str]] = {
    "file_size_mb<": "smaller than {} MB",
    "file_size_mb>": "larger than {} MB",
    "width/height>": "more than {} times as wide as high",
    "width/height<": "less than {} times as wide as high",
    "width_pixels>": "more than {} pixels wide",
    "width_pixels<": "less than {} pixels wide",
    "height_pixels>": "more than {} pixels high",
    "height_pixels<": "less than {} pixels high",
    "duration_seconds>": "longer than {} seconds",
    "duration_seconds<": "shorter than {} seconds",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """What a provider accepts in the schema of a tool.

    Attributes:
        supported: the bounds that the provider supports; all others are described in the description.
        all_required: optional inputs are listed as required, and may be null.
        single_types: a schema has at most one type; several types become `anyOf`.
        needs_type: a schema without a type is rejected, so arbitrary JSON becomes a union of types.
        bare_enums: an `enum` has no `type`.
        name: the pattern that property names must match; other names are replaced. None: every name is accepted.
    """

    supported: frozenset[str] = _BOUNDS
    all_required: bool = False
    single_types: bool = False
    needs_type: bool = False
    bare_enums: bool = False
    name: re.Pattern[str] | None = None


FULL: Final = Subset()
SUBSETS: Final[Mapping[str, Subset]] = {
    "mcp": FULL,
    "openai": FULL,
    "openai-strict": Subset(supported=_NUMBERS | {"minItems", "maxItems", "pattern"}, all_required=True, single_types=True),
    "anthropic": Subset(
        supported=frozenset(), single_types=True, needs_type=True, bare_enums=True, name=re.compile(r"[A-Za-z0-9_.-]{1,64}")
    ),
    "gemini": Subset(
        supported=frozenset({"minimum", "maximum", "minItems", "maxItems", "default"}),
        single_types=True,
        needs_type=True,
        name=re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}"),
    ),
}
"""The documented subsets, read in November 2026 in openai 3.57 (`lib/_pydantic.py`, guide to structured outputs), anthropic 2.14
(`lib/_parse/_transform.py`) and google-genai 3.6 (`types.FunctionDeclaration`, `types.JSONSchema`)."""

_JSON_TYPES: Final = ((Mapping, "object"), (list, "array"), (str, "string"))
_ANY_JSON: Final[Mapping[str, Any]] = {
    "anyOf": [
        {"type": "object", "additionalProperties": True},
        {"type": "array", "items": {"type": "string"}},
        {"type": "string"},
        {"type": "number"},
        {"type": "boolean"},
    ]
}


def to_subset(schema: Schema, subset: Subset) -> dict[str, Any]:
    """Convert a schema to a subset. `schema` is one of the normalised schemas that this package includes."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    if "anyOf" in schema:
        out: dict[str, Any] = {"anyOf": [to_subset(branch, subset) for branch in schema["anyOf"]]}
        return _with_description(out, schema, subset)
    types = schema.get("type")
    named = [types] if isinstance(types, str) else list(types or ())
    if "enum" in schema:
        out = {"enum": list(schema["enum"])}
        if named and not subset.bare_enums and not (subset.single_types and len(named) > 1):
            out = {"type": named[0] if len(named) == 1 else named, **out}
    elif not named:
        out = dict(_ANY_JSON) if subset.needs_type else {}
    elif len(named) > 1 and subset.single_types:
        plain = {key: value for key, value in schema.items() if key not in ("description", "default", "x-media", "x-validations")}
        return _with_description({"anyOf": [to_subset({**plain, "type": name}, subset) for name in named]}, schema, subset)
    else:
        out = {"type": named[0] if len(named) == 1 else named}
        _add_parts(out, schema, subset)
    if isinstance(defs := schema.get("$defs"), Mapping):
        out["$defs"] = {name: to_subset(part, subset) for name, part in defs.items()}
    return _with_description(out, schema, subset)


def _add_parts(out: dict[str, Any], schema: Schema, subset: Subset) -> None:
    """Add the schemas of properties and items."""
    if "array" in out["type"]:
        out["items"] = to_subset(schema.get("items", {}), subset)
    if "object" not in out["type"]:
        return
    properties: Schema = schema.get("properties", {})
    required = schema.get("required", ())
    names = {name: safe for safe, name in safe_names(properties, subset).items()}
    out["properties"] = {}
    for name, part in properties.items():
        converted = to_subset(part, subset)
        out["properties"][names[name]] = _nullable(converted) if subset.all_required and name not in required else converted
    if subset.all_required or required:
        out["required"] = [names[name] for name in properties if subset.all_required or name in required]
    more = schema.get("additionalProperties", True)
    out["additionalProperties"] = to_subset(more, subset) if isinstance(more, Mapping) else more


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that also accepts null."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    if "anyOf" in schema:
        has = any(branch.get("type") == "null" for branch in schema["anyOf"])
        return schema if has else {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    out = dict(schema)
    if "enum" in out and None not in out["enum"]:
        out["enum"] = [*out["enum"], None]
    if "type" in out:
        types = [out["type"]] if isinstance(out["type"], str) else out["type"]
        out["type"] = types if "null" in types else [*types, "null"]
    return out


def _with_description(out: dict[str, Any], schema: Schema, subset: Subset) -> dict[str, Any]:
    """Add the description, and the bounds: those that the subset supports as keywords, the others as phrases in the description."""
    supported = subset.supported
    phrases: list[str] = []
    for key in (*_BOUND_PHRASES,):
        if key not in schema or (key in ("minLength", "minItems") and not schema[key]):
            continue
        if key in supported or (key == "minItems" and schema[key] == 1):
            out[key] = schema[key]
        elif key != "uniqueItems" or schema[key]:
            phrases.append(_BOUND_PHRASES[key].format(json.dumps(schema[key], ensure_ascii=False)))
    medium = schema.get("x-media")
    if medium and "pattern" in supported:
        pattern = out.get("pattern")
        out["pattern"] = MEDIA_PATTERN
        if pattern is not None and subset is FULL:
            out["allOf"] = [{"pattern": pattern}]
        elif pattern is not None:  # other subsets accept only one pattern
            phrases.append(_BOUND_PHRASES["pattern"].format(json.dumps(pattern, ensure_ascii=False)))
    rules = file_rules(schema)
    texts = [
        str(schema.get("description") or ""),
        f"Public https:// URL of {_MEDIA_PHRASES.get(medium, 'a file')}." if medium else "",
        f"The file: {', '.join(rules)}." if rules else "",
        f"({'; '.join(phrases)})" if phrases else "",
    ]
    text = escape_control_chars(" ".join(filter(None, texts)), keep_newlines=True, max_length=_MAX_DESCRIPTION)
    return {**out, "description": text} if text else out


def safe_names(properties: Schema, subset: Subset) -> dict[str, str]:
    """Return the documented name of each property by its name in a subset.

    A name that the subset does not accept is replaced, always by the same one.
    """
    found: dict[str, str] = {}
    for name in properties:
        safe = name
        if subset.name is not None and not subset.name.fullmatch(name):
            safe = re.sub(r"[^A-Za-z0-9_]", "_", name)[: _MAX_NAME - 1] or "_"
            safe = safe if re.match(r"[A-Za-z_]", safe) else f"_{safe}"
            while safe in properties or safe in found:
                safe = f"{safe[: _MAX_NAME - 1]}_"
        found[safe] = name
    return found


def untyped_paths(schema: Schema, path: str = "") -> Iterator[str]:
    """Yield the paths in a schema that accept any JSON, which strict modes cannot describe."""
    if "$ref" in schema or "enum" in schema:
        return
    for branch in schema.get("anyOf", ()):
        yield from untyped_paths(branch, path)
    types = schema.get("type") or ()
    if not types and "anyOf" not in schema:
        yield path or "the inputs"
    if "array" in types:
        yield from untyped_paths(schema.get("items", {}), f"{path}[]")
    if "object" in types:
        if schema.get("additionalProperties", True) is not False:
            yield path or "the inputs"
        for name, part in schema.get("properties", {}).items():
            yield from untyped_paths(part, f"{path}.{name}" if path else name)
    for name, part in schema.get("$defs", {}).items():
        yield from untyped_paths(part, name)


def from_tool_arguments(value: Any, schema: Schema, root: Schema) -> Any:
    """Convert the arguments of a tool call into inputs for the model's class.

    Nulls that mean "not given" are removed, replaced names are restored, and an integer that is written as 5.0 becomes 5. Nothing
    else is changed; the class reports invalid values.
    """
    schema = _resolve(value, schema, root)
    if isinstance(value, Mapping):
        properties: Schema = schema.get("properties", {})
        required = schema.get("required", ())
        renamed = {safe: name for subset in SUBSETS.values() for safe, name in safe_names(properties, subset).items()}
        out: dict[str, Any] = {}
        for key, item in value.items():
            name = str(key) if key in properties else renamed.get(key, str(key))
            part = properties.get(name)
            if part is None:
                out[name] = item
            elif item is not None or (name in required and accepts_null(part, root)):
                out[name] = from_tool_arguments(item, part, root)
        return out
    if isinstance(value, list):
        items = schema.get("items", {})
        return [from_tool_arguments(item, items, root) for item in value]
    if isinstance(value, float) and value.is_integer() and _is_integer_value(value, schema):
        return int(value)
    return value


def file_rules(schema: Schema) -> list[str]:
    """Return descriptions of the limits of a media input's file, such as `smaller than 30 MB`."""
    return [
        _FILE_RULE_PHRASES.get(str(limit["rule"]), f"{limit['rule']}{{}}").format(f"{limit['value']:g}")
        for limit in schema.get("x-validations", ())
    ]


def map_media(value: Any, schema: Schema, root: Schema, change: Callable[[str, str], Any], path: str = "") -> Any:
    """Return a copy of the inputs with each text of a media input replaced by the result of `change`, called with text and path."""
    schema = _resolve(value, schema, root)
    if isinstance(value, str):
        return change(value, path) if schema.get("x-media") else value
    if isinstance(value, Mapping):
        parts: Schema = schema.get("properties", {})
        return {
            key: map_media(item, parts.get(key, {}), root, change, f"{path}.{key}" if path else str(key))
            for key, item in value.items()
        }
    if isinstance(value, list):
        items = schema.get("items", {})
        return [map_media(item, items, root, change, f"{path}[{index}]") for index, item in enumerate(value)]
    return value


def _resolve(value: Any, schema: Schema, root: Schema) -> Schema:
    """Follow references, and return the best matching branch of a union. For an object, that is one with all its members."""
    depth = 0
    while depth < 32 and ("$ref" in schema or "anyOf" in schema):
        depth += 1
        if "$ref" in schema:
            schema = root.get("$defs", {}).get(schema["$ref"].removeprefix("#/$defs/"), {})
            continue
        branches = [_resolve(value, branch, root) for branch in schema["anyOf"]]
        kind = next((name for python_type, name in _JSON_TYPES if isinstance(value, python_type)), "number")
        fitting = [branch for branch in branches if kind in (branch.get("type") or ())]
        if isinstance(value, Mapping):
            fitting = [branch for branch in fitting if set(value) <= set(branch.get("properties", ()))] or fitting
        integer = [branch for branch in branches if "integer" in (branch.get("type") or ())] if kind == "number" else []
        schema = (integer or fitting or branches)[0]
    return schema


def _is_integer_value(value: float, schema: Schema) -> bool:
    if "enum" in schema:
        return any(isinstance(item, int) and not isinstance(item, bool) and item == value for item in schema["enum"])
    return "integer" in (schema.get("type") or ())


def accepts_null(schema: Schema, root: Schema) -> bool:
    """Return True if null is a value of the schema itself, not only a replacement for a missing value."""
    if "$ref" in schema:
        return accepts_null(root.get("$defs", {}).get(schema["$ref"].removeprefix("#/$defs/"), {}), root)
    if "anyOf" in schema:
        return any(accepts_null(branch, root) for branch in schema["anyOf"])
    if "enum" in schema:
        return None in schema["enum"]
    types = schema.get("type")
    return not types or types == "null" or (isinstance(types, list) and "null" in types)


def schema_at(schema: Schema, path: str) -> Schema | None:
    """Return the schema of an input by its path, such as `multi_prompt[0].duration`; None if there is no such input."""
    root, found = schema, schema
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        found = _resolve({name: None} if name else [], found, root)
        inner = found.get("properties", {}).get(name) if name else found.get("items")
        if not isinstance(inner, Mapping):
            return None
        found = inner
        del index
    return found
