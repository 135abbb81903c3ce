"""The walk through a documented schema: its keywords, what it is composed of, and where its references lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from codegen.analyse.dialect.kinds import coerce_integers, typed
from codegen.analyse.dialect.merge import MergeConflict, disjoint, merge
from codegen.values.diagnostics import Place, Report, did_you_mean, quoted
from codegen.values.keywords import ANNOTATIONS, BOUNDS, KEYWORDS, NOTED, REFUSED, TYPES
from codegen.values.pointer import escape, find, split

MAX_DEPTH: Final = 40
"""How deep schemas may nest."""
MAX_SCHEMAS: Final = 10_000
"""How many schemas one schema may hold, with everything that its references stand for."""
MAX_KEYWORDS: Final = 200
"""How many keywords one schema may have."""
MAX_BRANCHES: Final = 50
"""How many branches a union may have."""

_WHOLE: Final = "Nested"
"""What the whole schema is called where it is a part of itself."""

_KNOWN: Final = [*KEYWORDS, *ANNOTATIONS, *NOTED]
_DECISIVE: Final = frozenset({"type", "$ref", "allOf", "anyOf", "oneOf"})
_ALL_BOUNDS: Final = frozenset().union(*BOUNDS.values())


@dataclass(slots=True)
class SchemaNormaliser:
    """One walk through one schema; it notes what was reached by reference."""

    closed: bool
    place: Callable[[str], Place]
    report: Report
    root: Mapping[str, Any]
    base: str
    definitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Objects that were reached by reference, normalised."""
    homes: dict[str, str] = field(default_factory=dict)
    """What these objects are called, by where they were written."""
    following: tuple[str, ...] = ()
    """The references that are being resolved."""
    count: int = 0

    def schema(self, schema: object, pointer: str, depth: int = 0, *, beside: object = None) -> dict[str, Any]:
        """Normalise one schema and all below it. `beside` is the type that stands beside it, for a part that names none itself."""
        self.count += 1
        if self.count > MAX_SCHEMAS:
            if self.count == MAX_SCHEMAS + 1:
                message = f"the schema amounts to more than {MAX_SCHEMAS} schemas"
                self.error("RC411", pointer, message, "simplify it by a correction")
            return {}
        if depth > MAX_DEPTH:
            self.error("RC401", pointer, f"schemas nest more than {MAX_DEPTH} deep", "flatten the schema")
            return {}
        if not isinstance(schema, dict):
            self.error("RC402", pointer, f"a schema must be an object, not {quoted(schema)}", 'write {"type": ...}')
            return {}
        if len(schema) > MAX_KEYWORDS:
            self.error(
                "RC411", pointer, f"a schema of {len(schema)} keywords, more than {MAX_KEYWORDS}", "take the unknown ones out"
            )
            return {}
        known = {key: value for key, value in schema.items() if self._known(key, value, f"{pointer}/{escape(key)}")}
        if beside is not None and not _implied(known) and not known.keys() & _DECISIVE:
            known["type"] = beside
        out: dict[str, Any] = {}
        if "description" in known and known["description"].strip():
            out["description"] = known["description"].strip()
        if not REFUSED.isdisjoint(schema):
            return {}
        out |= self._shape(known, pointer, depth)
        if known.get("default") is not None:
            out["default"] = coerce_integers(known["default"], out)
        return out

    def _known(self, key: str, value: object, pointer: str) -> bool:
        """Whether `key` is to be acted on; a word out of no table, or a value of the wrong kind, is a diagnostic."""
        if key in KEYWORDS:
            kind = KEYWORDS[key]
            if not kind.fits(value):
                self.error("RC404", pointer, f'"{key}" must be {kind.text}, not {quoted(value)}', "correct the value")
            return kind.fits(value)
        if key in REFUSED:
            self.error("RC405", pointer, f'"{key}" is not supported', "say the same with plain types by a correction")
        elif key in NOTED:
            message = f'"{key}" is not checked before the call; the server alone decides by it'
            self.report.note("RC412", self.place(pointer), message, help="nothing needs to be done")
        elif key not in ANNOTATIONS and not key.startswith("x-"):
            message = f'"{key}" is not a keyword of the documented schemas{did_you_mean(key, _KNOWN)}'
            self.error("RC403", pointer, message, "correct the spelling, or take the keyword out by a correction with a reason")
        return False

    def _shape(self, known: dict[str, Any], pointer: str, depth: int) -> dict[str, Any]:
        """What a schema says of values: its own keywords, and those of what it is composed of, at once."""
        composed = [key for key in ("$ref", "allOf", "anyOf", "oneOf") if key in known]
        parts: list[dict[str, Any]] = []
        if not composed or _says_something(known):
            parts.append(self._own(known, pointer, depth, alone=not composed))
        for key in composed:
            match key:
                case "$ref":
                    parts.append(self._reference(known["$ref"], f"{pointer}/$ref", depth))
                case "allOf":
                    beside = known.get("type") or self._type_among(known["allOf"])
                    for index, part in enumerate(known["allOf"]):
                        parts.append(self.schema(part, f"{pointer}/allOf/{index}", depth + 1, beside=beside))
                case _:
                    parts.append(self._union(known[key], f"{pointer}/{key}", depth, beside=known.get("type")))
        if len(parts) > 1:
            parts = [self._expanded(part, f"{pointer}/{composed[0]}") for part in parts]
        try:
            merged: dict[str, Any] = {}
            for part in parts:
                merged = merge(merged, part)
        except MergeConflict as clash:
            self.error("RC413", f"{pointer}/{composed[0]}", f"the parts do not go together: {clash}", "correct one of them")
            return {}
        if known.get("nullable") is True and composed:
            merged = {"anyOf": [merged, {"type": "null"}]}
        return merged

    def _own(self, known: dict[str, Any], pointer: str, depth: int, *, alone: bool) -> dict[str, Any]:
        """What the keywords say that are not composition."""
        types = self._types(known, pointer, alone=alone)
        nullable = "null" in types or (known.get("nullable") is True and alone)
        plain = [name for name in types if name != "null"]
        if not plain:
            if types:
                self.error("RC406", f"{pointer}/type", "only null is valid here", "name the type of the values by a correction")
            return {}
        for key in known.keys() & _ALL_BOUNDS - frozenset().union(*(BOUNDS[name] for name in plain)):
            message = f'"{key}" says nothing about a value of type "{plain[0]}" and is left out'
            self.report.warn("RC410", self.place(f"{pointer}/{key}"), message, help="correct the type or take the keyword out")
        if "enum" in known or "const" in known:
            return self._choices(known, plain, pointer, nullable=nullable)
        branches = [typed(self, known, name, pointer, depth) for name in plain]
        if len(branches) == 1:
            return {**branches[0], "type": [plain[0], "null"]} if nullable else branches[0]
        return {"anyOf": [*branches, *([{"type": "null"}] if nullable else [])]}

    def _types(self, known: dict[str, Any], pointer: str, *, alone: bool) -> list[str]:
        words = known.get("type")
        if words is None:
            implied = _implied(known)
            if not implied and alone:
                self.error(
                    "RC406", pointer, "the schema names no type", 'add "type" by a correction, so that the input can be checked'
                )
            return implied
        names: list[str] = []
        for word in [words] if isinstance(words, str) else words:
            if word not in TYPES:
                message = f'unknown type "{word}"{did_you_mean(word, list(TYPES))}'
                self.error("RC407", f"{pointer}/type", message, f"use one of {', '.join(TYPES)}")
                return []
            names.append(TYPES[word])
        return list(dict.fromkeys(names))

    def _choices(self, known: dict[str, Any], types: list[str], pointer: str, *, nullable: bool) -> dict[str, Any]:
        values = known["enum"] if "enum" in known else [known["const"]]
        if values.count(None) == len(values):
            key = "enum" if "enum" in known else "const"
            self.error("RC406", f"{pointer}/{key}", "only null is valid here", "name the other values by a correction")
            return {}
        if nullable and None not in values and known.get("nullable") is True:
            values = [*values, None]
        all_types = [*types, "null"] if None in values and nullable else types
        out: dict[str, Any] = {"type": all_types[0] if len(all_types) == 1 else all_types}
        return {**out, "enum": [coerce_integers(value, out) for value in values]}

    def _type_among(self, parts: list[Any]) -> object:
        """The type that one of several parts names for all of them."""
        for part in parts:
            if isinstance(part, dict):
                reference = part.get("$ref")
                meant = find(self.root, reference[1:]) if isinstance(reference, str) and reference.startswith("#/") else part
                if isinstance(meant, dict) and KEYWORDS["type"].fits(meant.get("type")):
                    return meant["type"]
        return None

    def _union(self, branches: list[Any], pointer: str, depth: int, *, beside: object) -> dict[str, Any]:
        if len(branches) > MAX_BRANCHES:
            self.error(
                "RC411", pointer, f"{len(branches)} branches are more than the limit, {MAX_BRANCHES}", "say the same with fewer"
            )
            return {}
        parts: list[dict[str, Any]] = [
            {"type": "null"} if part == {"type": "null"} else self.schema(part, f"{pointer}/{index}", depth + 1, beside=beside)
            for index, part in enumerate(branches)
        ]
        flat = [inner for part in parts for inner in (part["anyOf"] if part.keys() == {"anyOf"} else [part])]
        unique = [part for index, part in enumerate(flat) if part not in flat[:index]]
        if pointer.endswith("/oneOf") and not disjoint(unique):
            message = "that exactly one branch is valid is not checked before the call, only that one is"
            self.report.note("RC412", self.place(pointer), message, help="nothing needs to be done")
        plain = [part for part in unique if part.get("type") != "null"]
        if len(plain) == 1 and isinstance(plain[0].get("type"), str) and "enum" not in plain[0] and len(unique) == 2:
            return {**plain[0], "type": [plain[0]["type"], "null"]}
        return plain[0] if len(unique) == 1 and plain else {"anyOf": unique}

    def _reference(self, reference: str, pointer: str, depth: int) -> dict[str, Any]:
        target = self._target(reference, pointer)
        if target is None:
            return {}
        *above, name = split(reference[1:]) or ["$defs", _WHOLE]
        home = self.base + reference[1:]
        if "properties" in target and above in (["$defs"], ["definitions"]):
            return self._named(name, target, home, depth)
        if reference in self.following:
            message = f"{quoted(reference)} leads to itself without an object between"
            self.error("RC416", pointer, message, "give the schema an object to recur in")
            return {}
        self.following = (*self.following, reference)
        out = self.schema(target, home, depth + 1)
        self.following = self.following[:-1]
        return {key: value for key, value in out.items() if key != "default"}

    def _target(self, reference: str, pointer: str) -> dict[str, Any] | None:
        """The schema that a reference leads to, or None after a diagnostic."""
        if reference == "#" and "properties" not in self.root:
            help = "put the object under $defs and refer to that"
            self.error("RC416", pointer, "the reference leads back to the whole schema", help)
            return None
        if reference != "#" and not reference.startswith("#/"):
            message = f"{quoted(reference)} leads out of the document; nothing is fetched"
            self.error("RC416", pointer, message, "copy what it means into $defs")
            return None
        target = find(self.root, reference[1:])
        if isinstance(target, dict):
            return target
        known = [f"#/{home}/{name}" for home in ("$defs", "definitions") for name in _keys(self.root.get(home))]
        help = "correct the reference"
        if reference.startswith("#/components/"):
            help = "it refers into an OpenAPI document: copy what it means into $defs of this schema"
        self.error("RC416", pointer, f"{quoted(reference)} leads nowhere{did_you_mean(reference, known)}", help)
        return None

    def _named(self, name: str, target: dict[str, Any], home: str, depth: int) -> dict[str, Any]:
        """A reference to an object with properties: it stays one, and the object is normalised once."""
        if home not in self.homes:
            while name in self.definitions:
                name += "2"
            self.homes[home] = name
            self.definitions[name] = {}
            following, self.following = self.following, ()
            self.definitions[name] = self.schema(target, home, depth + 1)
            self.following = following
        name = self.homes[home]
        return {"$ref": f"#/$defs/{escape(name)}"}

    def _expanded(self, part: dict[str, Any], pointer: str) -> dict[str, Any]:
        """What a reference stands for, where it is to be merged with something else."""
        if "$ref" not in part:
            return part
        meant = self.definitions[split(part["$ref"][1:])[-1]]
        if not meant:
            self.error("RC416", pointer, "the object is a part of itself", "take the reference out")
        return {**meant, **{key: value for key, value in part.items() if key != "$ref"}}

    def error(self, code: str, pointer: str, message: str, help: str) -> None:
        """Record a fault at a pointer."""
        self.report.error(code, self.place(pointer), message, help=help)


def _keys(value: object) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def _says_something(known: Mapping[str, Any]) -> bool:
    return bool(known.keys() - {"$ref", "allOf", "anyOf", "oneOf", "description", "default", "nullable", "$defs", "definitions"})


def _implied(known: dict[str, Any]) -> list[str]:
    """The types that a schema without `type` can only mean."""
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
