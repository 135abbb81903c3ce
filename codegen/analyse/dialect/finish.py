"""The last step of normalisation, when all parts are known: close the objects of an input, and separate defaults from samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codegen.analyse.dialect.merge import NEVER, TEXTS, branches, declare_required, join
from codegen.values.pointer import split

Schema = Mapping[str, Any]


def finish(schema: Schema, *, closed: bool) -> dict[str, Any]:
    """Return the schema with its objects closed, if `closed` is true and the objects do not say otherwise.

    A default of a required property is a sample of the documentation, so it moves to `examples`.
    """
    out = dict(schema)
    for key in ("items", "additionalProperties"):
        if isinstance(out.get(key), Mapping):
            out[key] = finish(out[key], closed=closed)
    if "anyOf" in out:
        out["anyOf"] = [finish(branch, closed=closed) for branch in out["anyOf"]]
    types = out.get("type", ())
    if "enum" not in out and (types == "object" or "object" in types):
        return _object(out, closed=closed)
    return out


def _object(schema: dict[str, Any], *, closed: bool) -> dict[str, Any]:
    out = declare_required(schema)
    extra = out.pop("additionalProperties", None)
    if "required" in out and "properties" not in out and extra is None:  # only the required names are known
        extra = True
        out = declare_required({**out, "additionalProperties": True})
        del out["additionalProperties"]
    required, given = out.get("required", []), out.pop("properties", None)
    if given is None:
        # an object that allows no property gets an empty `properties`
        return (
            {**out, "properties": {}, "additionalProperties": False}
            if extra is False
            else {**out, "additionalProperties": extra or True}
        )
    properties: dict[str, Any] = {}
    for name, child in given.items():
        if child == NEVER:
            if extra is True:
                properties[name] = {}
            continue
        properties[name] = finish(child, closed=closed)
        if name in required and "default" in properties[name]:
            properties[name]["examples"] = [properties[name].pop("default")]
    is_closed = extra is False or (extra is None and closed)
    out.pop("required", None)
    out |= {"required": required} if required else {}
    return {**out, "properties": properties, **({"additionalProperties": False} if is_closed else {})}


def reachable(schema: Schema, definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return the definitions that a schema refers to, directly or indirectly."""
    found: dict[str, Schema] = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in found and name in definitions:
            found[name] = definitions[name]
            waiting += _references(definitions[name])
    return {name: meant for name, meant in definitions.items() if name in found}


def _references(schema: Any) -> Iterator[str]:
    match schema:
        case Mapping():
            for key, value in schema.items():
                if key == "$ref" and isinstance(value, str):
                    yield split(value[1:])[-1]
                elif key == "properties" and isinstance(value, Mapping):  # an input may have the name of a keyword
                    for child in value.values():
                        yield from _references(child)
                elif key not in ("enum", "default", "examples"):
                    yield from _references(value)
        case list():
            for value in schema:
                yield from _references(value)


def as_one_object(schema: Schema, definitions: Mapping[str, Schema]) -> dict[str, Any] | None:
    """Return one object that allows every value of a union of objects, or None if the schema is not such a union.

    A property that only some branches declare is optional. If several branches declare it, its schema is their union.
    """
    meant = [resolved(branch, definitions) for branch in branches(schema)]
    if len(meant) < 2 or not all(branch.get("type") == "object" and "enum" not in branch for branch in meant):
        return None
    names = dict.fromkeys(name for branch in meant for name in branch.get("properties", {}))
    if not names:
        return None
    properties: dict[str, Any] = {}
    for name in names:
        found = [branch["properties"][name] for branch in meant if name in branch.get("properties", {})]
        found = [child for child in found if child != NEVER]
        if found:
            properties[name] = _union(found)
    required = [name for name in names if all(name in branch.get("required", []) for branch in meant)]
    extras = [branch.get("additionalProperties") for branch in meant]
    is_open = any(extra is True or isinstance(extra, Mapping) for extra in extras)
    texts = {key: value for key, value in schema.items() if key in TEXTS}
    return {
        **texts,
        "type": "object",
        **({"required": required} if required else {}),
        "properties": properties,
        **(
            {"additionalProperties": True}
            if is_open
            else {"additionalProperties": False} if all(e is False for e in extras) else {}
        ),
    }


def resolved(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Return the target of a reference, and any other schema unchanged."""
    return definitions.get(split(schema["$ref"][1:])[-1], {}) if "$ref" in schema else schema


def _union(parts: list[Schema]) -> dict[str, Any]:
    """Return the union of several schemas of one property, with the first description and a default that all share."""
    bare = [{key: value for key, value in part.items() if key not in TEXTS} for part in parts]
    texts = {key: value for part in reversed(parts) for key, value in part.items() if key == "description"}
    defaults = [part["default"] for part in parts if "default" in part]
    if defaults and len(defaults) == len(parts) and all(value == defaults[0] for value in defaults):
        texts["default"] = defaults[0]
    if all("enum" in part for part in bare):
        values = [value for part in bare for value in part["enum"]]
        types = list(
            dict.fromkeys(name for part in bare for name in ([part["type"]] if isinstance(part["type"], str) else part["type"]))
        )
        unique = [value for index, value in enumerate(values) if (type(value), value) not in [(type(v), v) for v in values[:index]]]
        return {"type": types[0] if len(types) == 1 else types, "enum": unique, **texts}
    return {**join(bare), **texts}
