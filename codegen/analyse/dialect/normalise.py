"""Normalise a published schema: its keywords, compositions and references."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from codegen.analyse.dialect.finish import as_one_object, finish
from codegen.analyse.dialect.merge import (
    MAX_BRANCHES,
    TEXTS,
    Intersection,
    MergeConflict,
    RecursiveMerge,
    UnsupportedMerge,
    branches,
    join,
)
from codegen.analyse.dialect.type_keywords import coerce_integers, declares_elsewhere, typed
from codegen.analyse.validity import fits
from codegen.values.diagnostics import Place, Report, Severity, did_you_mean, quoted
from codegen.values.keywords import ANNOTATIONS, BOUNDS, KEYWORDS, NOTED, REFUSED, TYPES, similar_keyword
from codegen.values.model import ABSENT, listed
from codegen.values.pointer import escape, find, split

MAX_DEPTH: Final = 40
"""Maximum number of levels of nested schemas."""
MAX_SCHEMAS: Final = 10_000
"""Maximum number of schemas in one schema, with its references resolved."""
MAX_KEYWORDS: Final = 200
"""Maximum number of keywords of one schema."""
_WHOLE: Final = "Nested"
"""The name of the whole schema if it refers to itself."""

_KNOWN: Final = [*KEYWORDS, *ANNOTATIONS, *NOTED]
_ALL_BOUNDS: Final = frozenset().union(*BOUNDS.values())
_UNTYPED: Final = _ALL_BOUNDS | {"required", "additionalProperties", "format", "validations"}
"""Keywords that restrict values even without a `type`."""
_ALL_TYPES: Final = ("string", "number", "boolean", "array", "object", "null")


@dataclass(slots=True)
class SchemaNormaliser:
    """Normalises one schema, and collects the objects that its references lead to."""

    closed: bool
    place: Callable[[str], Place]
    report: Report
    root: Mapping[str, Any]
    base: str
    definitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The normalised targets of references, by name."""
    homes: dict[str, str] = field(default_factory=dict)
    """The names of these objects, by their pointers."""
    following: tuple[str, ...] = ()
    """The references that are being resolved."""
    count: int = 0

    def whole(self, schema: object, pointer: str) -> dict[str, Any]:
        """Normalise a whole input or output: a reference is replaced by its target, and a union of inputs becomes one object."""
        out = self.schema(schema, pointer)
        if "$ref" in out:
            meant = self.definitions[split(out["$ref"][1:])[-1]]
            out = {**meant, **{key: value for key, value in out.items() if key != "$ref"}}
        one = as_one_object(out, self.definitions) if self.closed else None
        if one is None:
            return out
        self._note_union(schema if isinstance(schema, dict) else {}, pointer)
        return one

    def schema(self, schema: object, pointer: str, depth: int = 0, *, part: bool = False) -> dict[str, Any]:
        """Normalise one schema and its subschemas. A `part` of a composition needs no type, since another part may have it."""
        if not self._within_limits(schema, pointer, depth) or not isinstance(schema, dict):
            return {}
        known = {key: value for key, value in schema.items() if self._known(key, value, f"{pointer}/{escape(key)}")}
        if declares_elsewhere(schema) and ("additionalProperties" not in known or "patternProperties" in schema):
            known["additionalProperties"] = True
        out: dict[str, Any] = {}
        if "description" in known and known["description"].strip():
            out["description"] = known["description"].strip()
        if not REFUSED.isdisjoint(schema):
            return {}
        before = len(self.report.diagnostics)
        out = {**out, **self._shape(known, pointer, depth, part=part), **out}
        if not part and not any(found.severity is Severity.ERROR for found in self.report.diagnostics[before:]):
            self._require_type(out, pointer)
        if known.get("default") is not None:
            out["default"] = coerce_integers(known["default"], out)
        return out

    def _within_limits(self, schema: object, pointer: str, depth: int) -> bool:
        self.count += 1
        if self.count > MAX_SCHEMAS:
            if self.count == MAX_SCHEMAS + 1:
                message = f"the schema contains more than {MAX_SCHEMAS} schemas, with its references resolved"
                self.error("RC411", pointer, message, "simplify it with a correction")
        elif depth > MAX_DEPTH:
            self.error("RC401", pointer, f"schemas are nested more than {MAX_DEPTH} levels deep", "flatten the schema")
        elif not isinstance(schema, dict):
            self.error("RC402", pointer, f"a schema must be an object, not {quoted(schema)}", 'write {"type": ...}')
        elif len(schema) > MAX_KEYWORDS:
            message = f"{len(schema)} keywords exceed the limit of {MAX_KEYWORDS} for one schema"
            self.error("RC411", pointer, message, "remove the unknown keywords")
        else:
            return True
        return False

    def _require_type(self, out: dict[str, Any], pointer: str) -> None:
        """Report a schema whose parts specify no type, or no type for the elements of a list."""
        parts = branches(out)
        if not out.keys() - TEXTS or {name for part in parts for name in listed(part.get("type", []))} == set(_ALL_TYPES):
            self._no_type(pointer)
        elif all(part.get("type") == "null" or part.get("enum") == [None] for part in parts):
            self.error("RC406", pointer, "only null is valid here", "add the type of the values with a correction")
        elif any(
            part.get("type") == "array" and "enum" not in part and not part["items"] and part.get("maxItems") != 0 for part in parts
        ):
            self.error("RC408", pointer, "the list has no schema for its elements", 'add "items" with a correction')

    def _no_type(self, pointer: str) -> None:
        self.error("RC406", pointer, "the schema has no type", 'add "type" with a correction, so that the input can be checked')

    def _known(self, key: str, value: object, pointer: str) -> bool:
        """Return True if the keyword is supported; report an unknown keyword and a value of the wrong type."""
        if key in KEYWORDS:
            kind = KEYWORDS[key]
            if not kind.fits(value):
                self.error("RC404", pointer, f'"{key}" must be {kind.text}, not {quoted(value)}', "correct the value")
            return kind.fits(value)
        if key in REFUSED:
            self.error("RC405", pointer, f'"{key}" is not supported', "replace it by supported keywords with a correction")
        elif key in NOTED:
            message = f'"{key}" is not checked before the call; only the server checks it'
            self.report.note("RC412", self.place(pointer), message, help="no action is needed")
        elif key not in ANNOTATIONS and not key.startswith("x-"):
            self._unknown(key, pointer)
        return False

    def _unknown(self, key: str, pointer: str) -> None:
        """Report an unknown keyword: as an error if it may be a misspelled keyword that restricts values, else as a warning."""
        meant = similar_keyword(key)
        guess = f' (did you mean "{meant}"?)' if meant else did_you_mean(key, _KNOWN)
        message = f'unknown keyword "{key}"{guess}'
        if meant or self.report.strict:
            self.error("RC403", pointer, message, "correct the spelling, or remove the keyword with a correction")
        else:
            help = "no action is needed if it does not restrict values; only the server checks it"
            self.report.warn("RC403", self.place(pointer), message, help=help)

    def _shape(self, known: dict[str, Any], pointer: str, depth: int, *, part: bool) -> dict[str, Any]:
        """Normalise the keywords of a schema, and merge them with the schemas that it is composed of."""
        composed = [key for key in ("$ref", "allOf", "anyOf", "oneOf") if key in known]
        own = not composed or _restricts(known)
        if not composed:
            return self._own(known, pointer, depth, part=part)
        alone = {key: value for key, value in known.items() if key != "nullable"}
        parts = [self._own(alone, pointer, depth, part=True)] if own else []
        for key in composed:
            at = f"{pointer}/{key}"
            match key:
                case "$ref":
                    parts.append(self._reference(known["$ref"], at, depth, part=part or own))
                case "allOf":
                    parts += (self.schema(item, f"{at}/{index}", depth + 1, part=True) for index, item in enumerate(known["allOf"]))
                case _:
                    parts.append(self._union(known[key], at, depth, part=part or own or len(composed) > 1))
        merged = self._merged(parts, f"{pointer}/{composed[0]}", keep_default=known.get("default") is not None)
        if known.get("nullable") is True:
            merged = join([merged, {"type": "null"}])
        return self._as_one_class(merged, known, pointer)

    def _merged(self, parts: list[dict[str, Any]], pointer: str, *, keep_default: bool) -> dict[str, Any]:
        work = Intersection(self.definitions)
        merged = parts[0]
        try:
            for part in parts[1:]:
                merged = work.merge(merged, {key: value for key, value in part.items() if not (keep_default and key == "default")})
        except RecursiveMerge:
            self.error("RC416", pointer, "the object contains itself", "remove the reference")
            return {}
        except (MergeConflict, UnsupportedMerge) as conflict:
            self.error("RC413", pointer, f"the parts are not compatible: {conflict}", "correct one of them")
            return {}
        for code, message in work.notes:
            if code == "RC412":
                self.report.note(code, self.place(pointer), message, help="no action is needed")
            else:
                self.report.warn(code, self.place(pointer), message, help="correct one of the parts")
        return merged

    def _as_one_class(self, merged: dict[str, Any], known: Mapping[str, Any], pointer: str) -> dict[str, Any]:
        """Return one object for a union of objects that differ only in their required properties."""
        if "anyOf" not in merged or "properties" not in merged["anyOf"][0] or "anyOf" not in known.keys() | {"oneOf"}:
            return merged
        shapes = [{key: value for key, value in branch.items() if key not in ("required", *TEXTS)} for branch in merged["anyOf"]]
        if any(shape != shapes[0] for shape in shapes):
            return merged
        self._note_union(known, pointer)
        return as_one_object(merged, self.definitions) or merged

    def _note_union(self, known: Mapping[str, Any], pointer: str) -> None:
        key = next((key for key in ("anyOf", "oneOf", "allOf", "$ref") if key in known), "")
        message = "the valid combinations of these inputs are not checked before the call; only the server checks them"
        self.report.note("RC412", self.place(f"{pointer}/{key}" if key else pointer), message, help="no action is needed")

    def _own(self, known: dict[str, Any], pointer: str, depth: int, *, part: bool) -> dict[str, Any]:
        """Normalise the keywords other than compositions."""
        types = self._types(known, pointer, part=part)
        nullable = "null" in types or known.get("nullable") is True
        plain = [name for name in types if name != "null"]
        if not plain:
            if part and not types and known.get("type") is None:
                return self._untyped(known, pointer, depth)
            if part and types:
                return {"type": "null"}
            if types:
                self.error(
                    "RC406", f"{pointer}/type", "only null is valid here", "add the type of the other values with a correction"
                )
            return {}
        for key in known.keys() & _ALL_BOUNDS - frozenset().union(*(BOUNDS[name] for name in plain)):
            message = f'"{key}" does not apply to values of type "{plain[0]}" and is ignored'
            self.report.warn("RC410", self.place(f"{pointer}/{key}"), message, help="correct the type or remove the keyword")
        if "enum" in known or "const" in known:
            return self._choices(known, plain, pointer, depth, nullable=nullable)
        found = [typed(self, known, name, pointer, depth, part=part) for name in plain]
        if len(found) == 1:
            return {**found[0], "type": [plain[0], "null"]} if nullable else found[0]
        return {"anyOf": [*found, *([{"type": "null"}] if nullable else [])]}

    def _untyped(self, known: dict[str, Any], pointer: str, depth: int) -> dict[str, Any]:
        """Normalise a part without a type: each keyword restricts only values of the types that it applies to."""
        if known.keys().isdisjoint(_UNTYPED):
            return {}
        return {"anyOf": [typed(self, known, name, pointer, depth, part=True) for name in _ALL_TYPES]}

    def _types(self, known: dict[str, Any], pointer: str, *, part: bool) -> list[str]:
        words = known.get("type")
        if words is None:
            implied = _implied(known)
            if not implied and not part:
                self._no_type(pointer)
            return implied
        names: list[str] = []
        for word in listed(words):
            if word not in TYPES:
                message = f'unknown type "{word}"{did_you_mean(word, list(TYPES))}'
                self.error("RC407", f"{pointer}/type", message, f"use one of {', '.join(TYPES)}")
                return []
            names.append(TYPES[word])
        return list(dict.fromkeys(names))

    def _choices(self, known: dict[str, Any], types: list[str], pointer: str, depth: int, *, nullable: bool) -> dict[str, Any]:
        """Return the values of `enum` and `const` that are valid by the other keywords."""
        key = "enum" if "enum" in known else "const"
        values = known["enum"] if "enum" in known else [known["const"]]
        if values.count(None) == len(values):
            self.error("RC406", f"{pointer}/{key}", "only null is valid here", "add the other values with a correction")
            return {}
        if nullable and None not in values and known.get("nullable") is True:
            values = [*values, None]
        all_types = [*types, "null"] if None in values and nullable else types
        out: dict[str, Any] = {"type": all_types[0] if len(all_types) == 1 else all_types}
        kept = self._kept(values, known, all_types, pointer, depth)
        if not kept:
            self.error("RC503", f"{pointer}/{key}", "no value is valid by the other keywords", "correct one of them")
        return {**out, "enum": [coerce_integers(value, out) for value in kept]}

    def _kept(self, values: list[Any], known: dict[str, Any], types: list[str], pointer: str, depth: int) -> list[Any]:
        beside = {key: value for key, value in known.items() if key not in ("enum", "const")}
        if "enum" in known and "const" in known:
            values = [value for value in values if fits(value, {"const": known["const"]}, {})]
        if beside.keys().isdisjoint(_ALL_BOUNDS | {"properties", "items", "required", "additionalProperties"}):
            return values
        allowed = {"anyOf": [typed(self, beside, name, pointer, depth, part=True) for name in types]}
        root = {"$defs": self.definitions}
        # a value of another type is kept, since `check` reports it
        return [value for value in values if not fits(value, {"type": types}, {}) or fits(value, allowed, root)]

    def _union(self, options: list[Any], pointer: str, depth: int, *, part: bool) -> dict[str, Any]:
        if len(options) > MAX_BRANCHES:
            self.error("RC411", pointer, f"{len(options)} branches exceed the limit of {MAX_BRANCHES}", "use fewer branches")
            return {}
        parts: list[dict[str, Any]] = [
            {"type": "null"} if option == {"type": "null"} else self.schema(option, f"{pointer}/{index}", depth + 1, part=part)
            for index, option in enumerate(options)
        ]
        # the default of one branch is not the default of the input
        parts = [{key: value for key, value in item.items() if key != "default"} for item in parts]
        if pointer.endswith("/oneOf"):
            closed = [inner for item in parts for inner in branches(finish(item, closed=self.closed and not part))]
            if not Intersection(self.definitions).disjoint(closed):
                message = "before the call, a value is checked to be valid by at least one branch, not by exactly one"
                self.report.note("RC412", self.place(pointer), message, help="no action is needed")
        return join(parts)

    def _reference(self, reference: str, pointer: str, depth: int, *, part: bool) -> dict[str, Any]:
        target = self._target(reference, pointer)
        if target is None:
            return {}
        path = _fragment(self.root, reference)
        *above, name = split(path) or ["$defs", _WHOLE]
        home = self.base + path
        if "properties" in target and above in (["$defs"], ["definitions"]):
            return self._named(name, target, home, depth)
        if reference in self.following:
            message = f"the reference {quoted(reference)} leads to itself without an object in between"
            self.error("RC416", pointer, message, "put the recursive reference inside an object")
            return {}
        self.following = (*self.following, reference)
        out = self.schema(target, home, depth + 1, part=part)
        self.following = self.following[:-1]
        return out

    def _target(self, reference: str, pointer: str) -> dict[str, Any] | None:
        """Return the target of a reference, or report an error and return None."""
        if reference == "#" and "properties" not in self.root:
            help = "move the object to $defs and refer to it there"
            self.error("RC416", pointer, "the reference leads back to the whole schema", help)
            return None
        if reference != "#" and not reference.startswith("#/"):
            message = f"the reference {quoted(reference)} leads to another document, which is not fetched"
            self.error("RC416", pointer, message, "copy its target into $defs")
            return None
        target = find(self.root, _fragment(self.root, reference))
        if isinstance(target, dict):
            return target
        known = [f"#/{home}/{name}" for home in ("$defs", "definitions") for name in _keys(self.root.get(home))]
        help = "correct the reference"
        if reference.startswith("#/components/"):
            help = "it refers to an OpenAPI document: copy its target into $defs of this schema"
        message = f"the target of the reference {quoted(reference)} does not exist{did_you_mean(reference, known)}"
        self.error("RC416", pointer, message, help)
        return None

    def _named(self, name: str, target: dict[str, Any], home: str, depth: int) -> dict[str, Any]:
        """Return a reference to an object with properties. The object is normalised only once."""
        if home not in self.homes:
            while name in self.definitions:
                name += "2"
            self.homes[home] = name
            self.definitions[name] = {}
            following, self.following = self.following, ()
            self.definitions[name] = self.schema(target, home, depth + 1)
            self.following = following
        name = self.homes[home]
        default = {"default": self.definitions[name]["default"]} if "default" in self.definitions[name] else {}
        return {"$ref": f"#/$defs/{escape(name)}", **default}

    def error(self, code: str, pointer: str, message: str, help: str) -> None:
        """Report an error at a pointer."""
        self.report.error(code, self.place(pointer), message, help=help)


def _keys(value: object) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def _fragment(root: Mapping[str, Any], reference: str) -> str:
    """Return the pointer of a reference: percent-decoded (RFC 6901, section 6), unless the undecoded pointer has a target."""
    written = reference[1:]
    return unquote(written) if find(root, written) is ABSENT else written


def _restricts(known: Mapping[str, Any]) -> bool:
    return bool(known.keys() - {"$ref", "allOf", "anyOf", "oneOf", "description", "default", "nullable", "$defs", "definitions"})


def _implied(known: dict[str, Any]) -> list[str]:
    """Return the types that a schema without `type` implies."""
    if "properties" in known:
        return ["object"]
    if "items" in known:
        return ["array"]
    values = known["enum"] if "enum" in known else [known["const"]] if "const" in known else []
    return list(dict.fromkeys(_JSON_NAMES[type(value)] for value in values))


_JSON_NAMES: Final = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}
