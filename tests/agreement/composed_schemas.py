"""Random composed schemas, random values for them, and the verdict of JSON Schema on these values."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from jsonschema import Draft202012Validator

Schema = dict[str, Any]

WORDS: Final = ["a", "b", "hd", "long enough", ""]
NAMES: Final = ["p", "q", "r", "s"]
ODD: Final[list[Any]] = ["a", "hd", "", "abc", 0, 1, 2, 3, 5, 6, 7.5, 0.5, 12, True, None, [], [1], {}, {"p": 1}, {"zz": "a"}]
_SCALARS: Final = ["string", "integer", "number", "boolean"]


class Composer:
    """Creates random schemas with all kinds of composition, and definitions that they refer to."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.definitions: dict[str, Schema] = {}
        for number in range(3):
            make = [self.scalar, self.object, self.enum][number]
            self.definitions[f"D{number}"] = make(1)

    def model(self) -> Schema:
        """Return an input schema with three required properties."""
        properties = {f"x{number}": self.typed_schema(2) for number in range(3)}
        return {"type": "object", "properties": properties, "required": list(properties), "$defs": self.definitions}

    def composed_model(self) -> Schema:
        """Return an input schema that is itself composed: of parts, of a reference, or with branches that require inputs."""
        name, other = self.random.sample(NAMES, 2)
        base = self.object(2)
        more = {"properties": {other: self.typed_schema(1)}}
        self.definitions["Root"] = base
        refers: Schema = {"$ref": "#/$defs/Root"}
        options: list[Schema] = [
            {**base, "allOf": [{"required": [next(iter(base["properties"]))]}, more]},
            {"allOf": [base, self.object(1), {"required": [name]}]},
            {**base, self.random.choice(["anyOf", "oneOf"]): [{"required": [one]} for one in base["properties"]]},
            refers,
            {**refers, **more, "required": [other]},
            {"allOf": [refers, {"required": [next(iter(base["properties"]))]}]},
        ]
        return {**self.random.choice(options), "$defs": self.definitions}

    def typed_schema(self, depth: int) -> Schema:
        """Return a schema that defines the type of its values itself."""
        kinds = [self.scalar, self.enum, self.reference]
        if depth:
            kinds += [
                self.array,
                self.object,
                self.map,
                self.all_of,
                self.union,
                self.union_with_siblings,
                self.all_of,
                self.reference_with_siblings,
            ]
        made = self.random.choice(kinds)(depth)
        if self.random.random() < 0.1:
            made["nullable"] = True
        return made

    def maybe(self, chance: float = 0.5) -> bool:
        return self.random.random() < chance

    def scalar(self, depth: int) -> Schema:
        name = self.random.choice(_SCALARS)
        made = {"type": [name, "null"] if self.maybe(0.15) else name}
        if self.maybe(0.1):
            made["type"] = self.random.sample(_SCALARS, 2)
            return made
        return made | self.bounds(name)

    def bounds(self, name: str) -> Schema:
        """Return bounds for one type that at least one value satisfies."""
        choose = self.random.choice
        made: Schema = {}
        if name in ("integer", "number"):
            if self.maybe():
                made[choose(["minimum", "exclusiveMinimum"])] = choose([0, 1, 1.5, -2])
            if self.maybe():
                made[choose(["maximum", "exclusiveMaximum"])] = choose([5, 7.5, 10])
            if self.maybe(0.2):
                made["multipleOf"] = choose([1, 2, 3, 0.5])
        elif name == "string":
            if self.maybe():
                made["minLength"] = choose([0, 1, 2])
            if self.maybe():
                made["maxLength"] = choose([2, 3, 20])
            if self.maybe(0.15):
                made["pattern"] = choose(["^[a-z]+$", "^a", "o"])
        elif name == "array":
            if self.maybe():
                made["minItems"] = choose([0, 1])
            if self.maybe():
                made["maxItems"] = choose([1, 2, 3])
            if self.maybe(0.3):
                made["uniqueItems"] = True
        return made

    def enum(self, depth: int) -> Schema:
        choices: list[list[Any]] = [WORDS[:3], [1, 5, 12], [0.5, 2.5, 30], ["a", 1, True], ["a", None]]
        values = self.random.choice(choices)
        made: Schema = {"const": values[0]} if self.maybe(0.2) else {"enum": values}
        if values == WORDS[:3]:
            made |= {"type": "string"} | (self.bounds("string") if self.maybe() else {})
        elif values == [1, 5, 12]:
            made |= {"type": "integer"} | (self.bounds("integer") if self.maybe() else {})
        elif values == [0.5, 2.5, 30]:
            made |= {"type": "number"} | (self.bounds("number") if self.maybe() else {})
        elif values == ["a", None]:
            return {"enum": values, "type": ["string", "null"]}
        return made

    def reference(self, depth: int) -> Schema:
        return (
            {"$ref": f"#/$defs/{self.random.choice(sorted(self.definitions) or ['D0'])}"}
            if self.definitions
            else self.scalar(depth)
        )

    def reference_with_siblings(self, depth: int) -> Schema:
        return self.reference(depth) | self.fragment(depth)

    def array(self, depth: int) -> Schema:
        return {"type": "array", "items": self.typed_schema(depth - 1)} | self.bounds("array")

    def map(self, depth: int) -> Schema:
        made: Schema = {"type": "object", "additionalProperties": self.typed_schema(depth - 1)}
        if self.maybe(0.3):
            made["required"] = [self.random.choice(NAMES)]
        return made

    def object(self, depth: int) -> Schema:
        names = self.random.sample(NAMES, self.random.randint(1, 3))
        made: Schema = {"type": "object", "properties": {name: self.typed_schema(depth - 1) for name in names}}
        if self.maybe():
            made["required"] = self.random.sample(names, self.random.randint(1, len(names)))
        if self.maybe(0.4):
            made["additionalProperties"] = self.maybe()
        return made

    def fragment(self, depth: int) -> Schema:
        """Return a part whose type another part defines."""
        return self.random.choice(
            [
                {"required": [self.random.choice(NAMES)]},
                self.bounds("integer"),
                self.bounds("string"),
                self.bounds("array"),
                {"enum": ["a", 1, 5, "hd"]},
                {},
            ]
        )

    def part(self, depth: int) -> Schema:
        return self.fragment(depth) if self.maybe(0.4) else self.typed_schema(depth - 1)

    def all_of(self, depth: int) -> Schema:
        if self.maybe(0.6):  # compatible parts
            base = self.random.choice([self.object, self.scalar, self.array, self.map])(depth)
            parts = [base, self.fragment(depth)]
            if base.get("properties"):
                extra = self.object(depth - 1)
                parts.append({"properties": extra["properties"], "required": self.random.sample(sorted(base["properties"]), 1)})
            self.random.shuffle(parts)
            return {"allOf": parts}
        return {"allOf": [self.part(depth) for _ in range(2)]}

    def union(self, depth: int) -> Schema:
        key = self.random.choice(["anyOf", "oneOf"])
        options = [self.typed_schema(depth - 1) for _ in range(self.random.randint(2, 3))]
        return {key: [*options, {"type": "null"}] if self.maybe(0.2) else options}

    def union_with_siblings(self, depth: int) -> Schema:
        made = self.random.choice([self.object, self.scalar, self.map])(depth)
        key = self.random.choice(["anyOf", "oneOf"])
        if "properties" in made and self.maybe(0.7):
            return made | {key: [{"required": [name]} for name in made["properties"]]}
        return made | {key: [self.fragment(depth), self.fragment(depth)]}


def reference(schema: Schema, *, closes: bool = True) -> Schema:
    """Return the schema as plain JSON Schema, including the rules of the dialect.

    These are `nullable`, implied types, and objects that are closed by default.
    """
    out = dict(schema)
    for key in ("properties", "$defs"):
        if key in out:
            out[key] = {name: reference(child, closes=key != "$defs") for name, child in out[key].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(out.get(key), dict):
            out[key] = reference(out[key])
    beside = len(schema.keys() & {"$ref", "allOf", "anyOf", "oneOf"}) > 1 or schema.keys() - {"anyOf", "oneOf", "nullable", "$defs"}
    for key in ("allOf", "anyOf", "oneOf"):
        if key in out:
            alone = key != "allOf" and not beside
            out[key] = [reference(part, closes=closes and alone) for part in out[key]]
    if out.pop("nullable", False):
        inner = {key: value for key, value in out.items() if key != "$defs"}
        if (closes and not ("anyOf" in inner or "oneOf" in inner)) or beside:
            inner |= {"unevaluatedProperties": False} if closes and _declares(inner) else {}
        return {"anyOf": [inner, {"type": "null"}]}
    if closes and _declares(out) and "additionalProperties" not in out and beside:
        out["unevaluatedProperties"] = False
    return out


def _declares(schema: Schema) -> bool:
    """Return True if a schema, or a part that applies to the same value, declares properties, directly or by reference."""
    if "properties" in schema or schema.get("$ref") in ("#/$defs/D1", "#/$defs/Root"):
        return True
    return any(_declares(part) for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, []))


def validator(schema: Schema) -> Draft202012Validator:
    """Return a JSON Schema validator for a schema."""
    return Draft202012Validator(reference(schema))


def integral_floats_as_int(number: float) -> float:
    """Convert 2.0 to 2. JSON Schema accepts 2.0 as an integer, the client does not."""
    return int(number) if number == int(number) else number


class Values:
    """Creates values that are valid for a schema, or nearly valid."""

    def __init__(self, root: Schema, seed: int) -> None:
        self.root = root
        self.random = Random(seed)

    def any(self, schema: Schema, depth: int = 4) -> Any:
        """Return a value that satisfies one of the keywords of a schema."""
        roll = self.random.random()
        if roll < 0.12 or depth == 0:
            return self.random.choice(ODD)
        if "enum" in schema and roll < 0.6:
            return self.random.choice(schema["enum"])
        if "const" in schema and roll < 0.6:
            return schema["const"]
        sources = [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, [])]
        if "$ref" in schema:
            sources.append(self.root["$defs"][schema["$ref"].removeprefix("#/$defs/")])
        if sources and ("type" not in schema or self.random.random() < 0.3):
            return self._combined_value(schema, sources, depth)
        types = schema.get("type", "string")
        name = types if isinstance(types, str) else self.random.choice(types)
        return self._typed(name, schema, depth)

    def _combined_value(self, schema: Schema, sources: list[Schema], depth: int) -> Any:
        """Return a value for one part; an object also gets properties of the other parts."""
        made = self.any(self.random.choice(sources), depth)
        if isinstance(made, dict):
            for source in sources:
                other = self.any(source, depth - 1)
                if isinstance(other, dict) and self.random.random() < 0.7:
                    made = {**other, **made}
        return made

    def _typed(self, name: str, schema: Schema, depth: int) -> Any:
        choose = self.random.choice
        match name:
            case "string":
                return choose(["a", "ab", "abc", "hd", "go", "", "long enough", "A"])
            case "integer" | "number":
                edges = [value for key, value in schema.items() if key.endswith("imum")] or [3]
                return integral_floats_as_int(choose([*edges, *(edge + step for edge in edges for step in (-1, 1, 0.5)), 2, 4, 6]))
            case "boolean":
                return self.random.random() < 0.5
            case "null":
                return None
            case "array":
                return [self.any(schema.get("items", {"type": "integer"}), depth - 1) for _ in range(self.random.randint(0, 3))]
        made = {
            key: self.any(child, depth - 1)
            for key, child in schema.get("properties", {}).items()
            if key in schema.get("required", []) or self.random.random() < 0.6
        }
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict):
            made |= {key: self.any(extra, depth - 1) for key in self.random.sample(NAMES, self.random.randint(0, 2))}
        if self.random.random() < 0.15:
            made[choose([*NAMES, "zz"])] = choose([1, "a"])
        return made
