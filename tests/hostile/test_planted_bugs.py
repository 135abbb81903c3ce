"""A fast subset of the hostile tests detects every planted bug."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
from datamodel_code_generator import generate

from codegen import pipeline
from codegen.emit.annotations import cache
from codegen.read.jsontext import decode
from codegen.read.sources import Sources
from codegen.values.diagnostics import Report
from tests.hostile.input_table import CASES, Case
from tests.hostile.module_checks import TEMPLATES, assert_module_matches, build_models, skeleton
from tests.hostile.planted_bugs import BUGS
from tests.hostile.random_models import SHAPES, document

SEEDS = (3, 8)
STRUCTURE = re.compile(
    r"type|object|array|string|integer|number|boolean|null|\$defs|Query|properties|required|anyOf|items|additionalProperties"
    r"|(exclusiveM|m)(in|ax)imum|m(in|ax)(Length|Items)|pattern|customTypePath|(placeholders\.)?Placeholder\d+|field\d+"
)
"""What the model generator may be shown: words of JSON Schema, and placeholders."""
BROKEN = (TypeError, NameError, AttributeError, LookupError, ImportError)
BUILT = "a16 b12 b13 b16 b18 b21 c01 c13 d01 d04 e03 f05".split()
REFUSED = "b19 c04 c10 d06 g01 m01 m03".split()
SHADOW = {"model_id": "acme/field", "input_schema": {"type": "object", "properties": {"a-b": {"type": "string"}}}}
PLACEHOLDERS = {
    "model_id": "acme/Placeholder0",
    "input_schema": {
        "type": "object",
        "properties": {
            "Part0": {"type": "array", "items": {"enum": ["Placeholder0", "Placeholder1", "Part0"]}, "uniqueItems": True}
        },
    },
}
HEAVY = {
    "model_id": "acme/heavy",
    "input_schema": {"type": "object", "properties": {"a": {"type": "string", "minLength": 20_000}}, "required": ["a"]},
}


def chosen(starts: Sequence[str]) -> list[Case]:
    return [case for case in CASES if case.id.partition("_")[0] in starts]


@pytest.fixture(scope="module")
def plain() -> list[list[str]]:
    """Return the expected structure of the code of the hostile models."""
    twins = [document(seed, SHAPES, hostile=False) for seed in SEEDS]
    made = build_models(twins)
    return [skeleton(made[twin["model_id"]].source) for twin in twins]


def quick_checks(plain: list[list[str]], templates: Mapping[str, bytes]) -> None:
    """Build and check some inputs of each kind; fail at the first error."""
    hostile = [document(seed, SHAPES, hostile=True) for seed in SEEDS]
    documents: list[dict[str, Any]] = [*hostile, SHADOW, PLACEHOLDERS, *(json.loads(case.content) for case in chosen(BUILT))]
    with generator_inputs() as recorded:
        made = build_models(documents, templates)
    assert recorded and not [text for asked in recorded for text in texts_in(asked) if not STRUCTURE.fullmatch(text)]
    for item in documents:
        assert_module_matches(item, made[item["model_id"]])
    assert [skeleton(made[item["model_id"]].source) for item in hostile] == plain
    for case in chosen(REFUSED):
        assert case.does in errors(case, templates), case.id
    assert "RC504" in errors_of({f"models/{HEAVY['model_id']}.json": json.dumps(HEAVY).encode()}, templates)


@contextmanager
def generator_inputs() -> Iterator[list[dict[str, Any]]]:
    """Record all texts that are passed to the model generator while the block runs."""
    recorded: list[dict[str, Any]] = []

    def record(schema: dict[str, Any], **given: Any) -> Any:
        recorded.append(schema)
        return generate(schema, **given)

    with mock.patch.object(cache, "generate", record), mock.patch.dict(cache._known, clear=True):
        yield recorded


def texts_in(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from texts_in(item)
        case dict():
            yield from texts_in([*value.keys(), *value.values()])


def errors(case: Case, templates: Mapping[str, bytes]) -> set[str]:
    """Return the error codes of a case."""
    if case.level != "document":
        return errors_of({f"models/{case.model_id}.json": case.content}, templates)
    report = Report()
    text = decode(case.content, "given.json", report)
    assert text is not None
    sources = Sources(schemas={}, folder="schemas", templates=templates)
    pipeline.add(sources, {"given.json": text}, model_id=None, captured="2026-01-01", report=report)
    return {found.code for found in report}


def errors_of(schemas: Mapping[str, bytes], templates: Mapping[str, bytes]) -> set[str]:
    report = Report()
    pipeline.build(Sources(schemas=schemas, folder="schemas", templates=templates), report)
    return {found.code for found in report}


def test_without_a_planted_bug_the_checks_pass(plain: list[list[str]]) -> None:
    quick_checks(plain, TEMPLATES)


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_detected(bug: str, plain: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    templates = BUGS[bug](monkeypatch) or TEMPLATES
    with pytest.raises(Exception) as caught:
        quick_checks(plain, templates)
    assert not isinstance(caught.value, BROKEN), "the planted bug is broken itself, and so proves nothing"
