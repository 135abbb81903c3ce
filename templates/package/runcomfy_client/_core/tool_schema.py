"""Turns a model's input schema into the JSON Schema subset that a provider of language models accepts for a tool.

What a subset cannot say is told in words in the description, so nothing that the schema documents is lost. All functions are pure.
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
"""Every text that matches is a URL that the client takes. URLs with other characters have to be percent-encoded to match."""

_LONGEST_DESCRIPTION: Final = 1000
_LONGEST_NAME: Final = 64
_NUMBERS: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_BOUNDS: Final = _NUMBERS | {"minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "default"}
_WORDS: Final[Mapping[str, str]] = {
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
    "uniqueItems": "no two items alike",
    "default": "server default {}",
}
_MEDIA_WORDS: Final[Mapping[str, str]] = {"image": "an image", "video": "a video", "audio": "an audio file", "file": "a file"}
_FILE_RULES: Final[Mapping[str, str]] = {
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
        keeps: the bounds that it knows; all others are told in words.
        all_required: an optional input is required and may be null.
        single_types: a schema has one type at most; several become `anyOf`.
        needs_type: a schema without a type is rejected, so free-form JSON is a choice of types.
        bare_enums: an `enum` has no type beside it.
        name: what the name of a property must match; others are replaced.
    """

    keeps: frozenset[str] = _BOUNDS
    all_required: bool = False
    single_types: bool = False
    needs_type: bool = False
    bare_enums: bool = False
    name: re.Pattern[str] | None = None


FULL: Final = Subset()
SUBSETS: Final[Mapping[str, Subset]] = {
    "mcp": FULL,
    "openai": FULL,
    "openai-strict": Subset(keeps=_NUMBERS | {"minItems", "maxItems", "pattern"}, all_required=True, single_types=True),
    "anthropic": Subset(
        keeps=frozenset(), single_types=True, needs_type=True, bare_enums=True, name=re.compile(r"[A-Za-z0-9_.-]{1,64}")
    ),
    "gemini": Subset(
        keeps=frozenset({"minimum", "maximum", "minItems", "maxItems", "default"}),
        single_types=True,
        needs_type=True,
        name=re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}"),
    ),
}
"""The documented subsets, read in November 2026 in openai 3.57 (`lib/_pydantic.py`, guide to structured outputs), anthropic 2.14
(`lib/_parse/_transform.py`) and google-genai 3.6 (`types.FunctionDeclaration`, `types.JSONSchema`)."""

_KINDS: Final = ((Mapping, "object"), (list, "array"), (str, "string"))
_ANYTHING: Final[Mapping[str, Any]] = {
    "anyOf": [
        {"type": "object", "additionalProperties": True},
        {"type": "array", "items": {"type": "string"}},
        {"type": "string"},
        {"type": "number"},
        {"type": "boolean"},
    ]
}


def to_subset(schema: Schema, subset: Subset) -> dict[str, Any]:
    """Return a schema in the words of a subset. `schema` is one of the normalised documents that this package ships."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    if "anyOf" in schema:
        out: dict[str, Any] = {"anyOf": [to_subset(branch, subset) for branch in schema["anyOf"]]}
        return _described(out, schema, subset)
    types = schema.get("type")
    named = [types] if isinstance(types, str) else list(types or ())
    if "enum" in schema:
        out = {"enum": list(schema["enum"])}
        if named and not subset.bare_enums and not (subset.single_types and len(named) > 1):
            out = {"type": named[0] if len(named) == 1 else named, **out}
    elif not named:
        out = dict(_ANYTHING) if subset.needs_type else {}
    elif len(named) > 1 and subset.single_types:
        plain = {key: value for key, value in schema.items() if key not in ("description", "default", "x-media", "x-validations")}
        return _described({"anyOf": [to_subset({**plain, "type": name}, subset) for name in named]}, schema, subset)
    else:
        out = {"type": named[0] if len(named) == 1 else named}
        _add_parts(out, schema, subset)
    if isinstance(defs := schema.get("$defs"), Mapping):
        out["$defs"] = {name: to_subset(part, subset) for name, part in defs.items()}
    return _described(out, schema, subset)


def _add_parts(out: dict[str, Any], schema: Schema, subset: Subset) -> None:
    """Add what a schema says of properties and items."""
    if "array" in out["type"]:
        out["items"] = to_subset(schema.get("items", {}), subset)
    if "object" not in out["type"]:
        return
    properties: Schema = schema.get("properties", {})
    required = schema.get("required", ())
    names = {name: safe for safe, name in safe_names(properties, subset).items()}
    out["properties"] = {}
    for name, part in properties.items():
        made = to_subset(part, subset)
        out["properties"][names[name]] = _or_null(made) if subset.all_required and name not in required else made
    if subset.all_required or required:
        out["required"] = [names[name] for name in properties if subset.all_required or name in required]
    more = schema.get("additionalProperties", True)
    out["additionalProperties"] = to_subset(more, subset) if isinstance(more, Mapping) else more


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Let a value be null as well."""
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


def _described(out: dict[str, Any], schema: Schema, subset: Subset) -> dict[str, Any]:
    """Add the bounds that the subset knows, and tell the others in words."""
    keeps = subset.keeps
    in_words: list[str] = []
    for key in (*_WORDS,):
        if key not in schema or (key in ("minLength", "minItems") and not schema[key]):
            continue
        if key in keeps or (key == "minItems" and schema[key] == 1):
            out[key] = schema[key]
        elif key != "uniqueItems" or schema[key]:
            in_words.append(_WORDS[key].format(json.dumps(schema[key], ensure_ascii=False)))
    medium = schema.get("x-media")
    if medium and "pattern" in keeps:
        own = out.get("pattern")
        out["pattern"] = MEDIA_PATTERN
        if own is not None and subset is FULL:
            out["allOf"] = [{"pattern": own}]
        elif own is not None:  # one pattern is all that these take
            in_words.append(_WORDS["pattern"].format(json.dumps(own, ensure_ascii=False)))
    rules = file_rules(schema)
    texts = [
        str(schema.get("description") or ""),
        f"Public https:// URL of {_MEDIA_WORDS.get(medium, 'a file')}." if medium else "",
        f"The file: {', '.join(rules)}." if rules else "",
        f"({'; '.join(in_words)})" if in_words else "",
    ]
    text = escape_control_chars(" ".join(filter(None, texts)), keep_newlines=True, max_length=_LONGEST_DESCRIPTION)
    return {**out, "description": text} if text else out


def safe_names(properties: Schema, subset: Subset) -> dict[str, str]:
    """Return the properties by the names that a subset gives them.

    A name that it does not accept is replaced, always by the same.
    """
    found: dict[str, str] = {}
    for name in properties:
        safe = name
        if subset.name is not None and not subset.name.fullmatch(name):
            safe = re.sub(r"[^A-Za-z0-9_]", "_", name)[: _LONGEST_NAME - 1] or "_"
            safe = safe if re.match(r"[A-Za-z_]", safe) else f"_{safe}"
            while safe in properties or safe in found:
                safe = f"{safe[: _LONGEST_NAME - 1]}_"
        found[safe] = name
    return found


def free_parts(schema: Schema, path: str = "") -> Iterator[str]:
    """Yield the places of a schema where any JSON may stand, which strict modes cannot describe."""
    if "$ref" in schema or "enum" in schema:
        return
    for branch in schema.get("anyOf", ()):
        yield from free_parts(branch, path)
    types = schema.get("type") or ()
    if not types and "anyOf" not in schema:
        yield path or "the inputs"
    if "array" in types:
        yield from free_parts(schema.get("items", {}), f"{path}[]")
    if "object" in types:
        if schema.get("additionalProperties", True) is not False:
            yield path or "the inputs"
        for name, part in schema.get("properties", {}).items():
            yield from free_parts(part, f"{path}.{name}" if path else name)
    for name, part in schema.get("$defs", {}).items():
        yield from free_parts(part, name)


def fit(value: Any, schema: Schema, root: Schema) -> Any:
    """Return what a language model gave, as the model's class wants it.

    Nulls that stand for "not given" are dropped, replaced names are those of the schema again, and a whole number that is written
    as 5.0 is 5. Nothing else is changed: what does not fit is for the class to say.
    """
    schema = _resolved(value, schema, root)
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
            elif item is not None or (name in required and takes_null(part, root)):
                out[name] = fit(item, part, root)
        return out
    if isinstance(value, list):
        items = schema.get("items", {})
        return [fit(item, items, root) for item in value]
    if isinstance(value, float) and value.is_integer() and _wants_whole(value, schema):
        return int(value)
    return value


def file_rules(schema: Schema) -> list[str]:
    """Return in words what a media input wants of its file, such as `smaller than 30 MB`."""
    return [
        _FILE_RULES.get(str(one["rule"]), f"{one['rule']}{{}}").format(f"{one['value']:g}")
        for one in schema.get("x-validations", ())
    ]


def map_media(value: Any, schema: Schema, root: Schema, change: Callable[[str, str], Any], path: str = "") -> Any:
    """Return a copy of some inputs in which `change` has replaced each text in a media input; it is given the text and its path."""
    schema = _resolved(value, schema, root)
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


def _resolved(value: Any, schema: Schema, root: Schema) -> Schema:
    """Return the plain schema that a value is meant for: behind references, and of several the one that knows its members."""
    depth = 0
    while depth < 32 and ("$ref" in schema or "anyOf" in schema):
        depth += 1
        if "$ref" in schema:
            schema = root.get("$defs", {}).get(schema["$ref"].removeprefix("#/$defs/"), {})
            continue
        branches = [_resolved(value, branch, root) for branch in schema["anyOf"]]
        kind = next((name for of, name in _KINDS if isinstance(value, of)), "number")
        fitting = [one for one in branches if kind in (one.get("type") or ())]
        if isinstance(value, Mapping):
            fitting = [one for one in fitting if set(value) <= set(one.get("properties", ()))] or fitting
        whole = [one for one in branches if "integer" in (one.get("type") or ())] if kind == "number" else []
        schema = (whole or fitting or branches)[0]
    return schema


def _wants_whole(value: float, schema: Schema) -> bool:
    if "enum" in schema:
        return any(isinstance(one, int) and not isinstance(one, bool) and one == value for one in schema["enum"])
    return "integer" in (schema.get("type") or ())


def takes_null(schema: Schema, root: Schema) -> bool:
    """Whether null is a value of a schema, not just a way to say nothing."""
    if "$ref" in schema:
        return takes_null(root.get("$defs", {}).get(schema["$ref"].removeprefix("#/$defs/"), {}), root)
    if "anyOf" in schema:
        return any(takes_null(branch, root) for branch in schema["anyOf"])
    if "enum" in schema:
        return None in schema["enum"]
    types = schema.get("type")
    return not types or types == "null" or (isinstance(types, list) and "null" in types)


def part_at(schema: Schema, path: str) -> Schema | None:
    """Return the schema of an input by its path, such as `multi_prompt[0].duration`; None when it is not there."""
    root, found = schema, schema
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        found = _resolved({name: None} if name else [], found, root)
        inner = found.get("properties", {}).get(name) if name else found.get("items")
        if not isinstance(inner, Mapping):
            return None
        found = inner
        del index
    return found
