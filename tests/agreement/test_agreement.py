"""For any JSON, pydantic in the client and jsonschema in the simulator agree on whether a schema accepts it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runcomfy_client.errors import InvalidInput
from runcomfy_client.requests import Request
from runcomfy_client.simulator.validation import Checker

ROOT = Path(__file__).resolve().parents[2]
TREES = [ROOT / "generated", *sorted((ROOT / "tests" / "cases").glob("*/expected"))]

URLS = [
    "https://example.com/a.png",
    "https://example.com/фото.png?size=1#top",
    "HTTPS://EXAMPLE.COM/x",
    "https://h",
]
NEARLY: list[Any] = [
    True,
    False,
    0,
    1,
    1.0,
    5.0,
    -1,
    2**40,
    1e300,
    "",
    "1",
    "auto",
    None,
    [],
    {},
    [1, 1.0],
    [True, 1],
    ["a", "a"],
    0.3,
    0.15,
]
NEARLY += [
    "http://example.com/a.png",
    "ftp://x/y",
    "/tmp/a.png",
    "C:\\a.png",
    "data:image/png;base64,AA",
    "https://",
    "https:///x",
    "https://[::1",
]
NEARLY += [
    "https://example.com/a b",
    "https://h:port/",
    "example.com/a",
    "https://user@/",
    "//example.com/x",
    "https://example.com/\n",
    "AB12\n",
]
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-20, 60) | st.floats(-3, 60) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=6,
)

INVALID_VALUES = ANYTHING | st.sampled_from(NEARLY)
HOW = st.sampled_from(["keep", "keep", "spoil", "drop", "add"])


def models() -> Iterator[Any]:
    """Return each generated model of the client and of the cases: its schema document, and the path of its module."""
    for tree in TREES:
        for document in sorted((tree / "runcomfy_client/schemas").rglob("*.json")):
            path = document.relative_to(tree / "runcomfy_client/schemas").with_suffix("")
            module = tree / "runcomfy_client/models" / path.with_suffix(".py")
            home = module if module.is_file() else module.with_suffix("") / "__init__.py"
            name = tree.parent.name if tree.name == "expected" else "generated"
            yield pytest.param(document, home, id=f"{name}:{path.as_posix()}")


def load(path: Path) -> ModuleType:
    name = f"agreement_{'_'.join(path.relative_to(ROOT).with_suffix('').parts)}".replace(".", "_")
    if name not in sys.modules:
        spec = spec_from_file_location(name, path)
        assert spec and spec.loader
        module = sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


def nearly_valid_values(schema: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return a strategy for values that are valid for a schema in `root`, or nearly valid."""
    if "$ref" in schema:
        return st.deferred(lambda: nearly_valid_values(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root))
    if "anyOf" in schema:
        return st.one_of([nearly_valid_values(branch, root) for branch in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    types = schema.get("type", [])
    return st.one_of([typed(schema, name, root) for name in ([types] if isinstance(types, str) else types)] or [ANYTHING])


def typed(schema: dict[str, Any], name: str, root: dict[str, Any]) -> st.SearchStrategy[Any]:
    match name:
        case "string" if "pattern" in schema:
            return st.from_regex(schema["pattern"])
        case "string":
            return st.sampled_from(URLS) if "x-media" in schema else st.text(max_size=schema.get("maxLength", 8))
        case "integer":
            return st.integers(schema.get("minimum", -5), schema.get("maximum", 60))
        case "number":
            low = schema.get("minimum", schema.get("exclusiveMinimum", -5))
            high = schema.get("maximum", schema.get("exclusiveMaximum", 60))
            step = schema.get("multipleOf")
            steps = st.integers(0, 40).map(lambda count: float(Decimal(str(step)) * count)) if step else st.nothing()
            return (
                steps
                | st.sampled_from([low, high, float(low), float(high)])
                | st.floats(low, high)
                | st.integers(int(low), int(high))
            )
        case "boolean":
            return st.booleans()
        case "array":
            size = min(schema.get("maxItems", 3), 4)
            return st.lists(
                nearly_valid_values(schema["items"], root), min_size=min(schema.get("minItems", 0), size), max_size=size
            )
        case "object" if "properties" in schema:
            return instances(schema, root)
        case "object":
            values = schema.get("additionalProperties")
            return st.dictionaries(
                st.text(max_size=3), nearly_valid_values(values, root) if isinstance(values, dict) else ANYTHING, max_size=2
            )
        case _:
            return st.none()


_VALID: dict[int, tuple[dict[str, Any], st.SearchStrategy[dict[str, Any]]]] = {}
"""By the identity of a schema: the schema and its `valid_instances`, which take as long to make as to draw from."""


def valid_instances(schema: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for objects that are valid, or nearly valid."""
    required = schema.get("required", [])
    children = {name: nearly_valid_values(child, root) for name, child in schema["properties"].items()}
    return st.fixed_dictionaries(
        {name: child for name, child in children.items() if name in required},
        optional={name: child for name, child in children.items() if name not in required},
    )


@st.composite
def instances(draw: st.DrawFn, schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """Return a strategy for valid objects in which at most one property is missing, unknown or arbitrary."""
    _schema, valid = _VALID.get(id(schema)) or _VALID.setdefault(id(schema), (schema, valid_instances(schema, root)))
    made = draw(valid)
    match draw(HOW):
        case "spoil" if schema["properties"]:
            made[draw(st.sampled_from(sorted(schema["properties"])))] = draw(INVALID_VALUES)
        case "drop" if made:
            del made[draw(st.sampled_from(sorted(made)))]
        case "add":
            made["unheard_of"] = draw(ANYTHING)
        case _:
            pass
    return made


def accepted_by_client(request: type[Request[Any]], inputs: dict[str, Any]) -> bool:
    try:
        built = request(**inputs)
    except InvalidInput as error:
        assert error.problems
        return False
    sent = built.payload()
    assert sent == without_nulls(inputs, sent)
    return True


def without_nulls(inputs: Any, sent: Any) -> Any:
    """Return the inputs without the members that are `None` and are not sent."""
    match inputs, sent:
        case dict(), dict():
            return {key: without_nulls(value, sent.get(key)) for key, value in inputs.items() if value is not None or key in sent}
        case list(), list() if len(inputs) == len(sent):
            return [without_nulls(*pair) for pair in zip(inputs, sent, strict=True)]
        case _:
            return inputs


def drop_optional_nulls(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> Any:
    """Return the inputs as the server receives them, if `None` means "not given"."""
    if "$ref" in schema:
        return drop_optional_nulls(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root)
    if isinstance(value, dict) and "properties" in schema:
        properties, required = schema["properties"], schema.get("required", [])
        left = {
            key: item for key, item in value.items() if item is not None or key in required or nullable(properties.get(key, {}))
        }
        return {key: drop_optional_nulls(item, properties.get(key, {}), root) for key, item in left.items()}
    if isinstance(value, list) and "items" in schema:
        return [drop_optional_nulls(item, schema["items"], root) for item in value]
    return value


def nullable(schema: dict[str, Any]) -> bool:
    """Return True if an explicit `null` is sent for an optional property."""
    if "anyOf" in schema:
        return any(nullable(branch) for branch in schema["anyOf"])
    if "$ref" in schema:
        return False
    return not schema.get("type") or ("null" in schema["type"] and None in schema.get("enum", [None]))


@pytest.mark.parametrize(("document", "module"), [*models()])
def test_client_and_simulator_agree(document: Path, module: Path) -> None:
    described = json.loads(document.read_text(encoding="utf-8"))
    schema = described["input_schema"]
    request: type[Request[Any]] = getattr(load(module), described["class_name"])
    checker = Checker(schema)

    # the cases have every kind of schema; the models of the catalog repeat them
    @settings(max_examples=20 if "generated" in document.parts else 150)
    @given(instances(schema, schema))
    def compare_verdicts(inputs: dict[str, Any]) -> None:
        wanted = json.loads(json.dumps(inputs))
        by_simulator = not checker.problems(drop_optional_nulls(wanted, schema, schema))
        assert accepted_by_client(request, wanted) == by_simulator

    compare_verdicts()


@pytest.mark.parametrize(("document", "module"), [*models()])
def test_the_sample_body_is_good(document: Path, module: Path) -> None:
    described = json.loads(document.read_text(encoding="utf-8"))
    request: type[Request[Any]] = getattr(load(module), described["class_name"])
    assert request(**described["example"]).payload() == described["example"]
    assert Checker(described["input_schema"]).problems(described["example"]) == []
