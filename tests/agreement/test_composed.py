"""For composed schemas, the generated class rejects exactly what JSON Schema rejects, unless a diagnostic notes a difference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from runcomfy_client.errors import InvalidInput

from codegen.analyse.build_model import build_model
from codegen.emit.annotations import annotate
from codegen.emit.render import Renderer
from codegen.emit.views import module_view
from codegen.read.document import Document
from codegen.read.document.document import Origin
from codegen.read.name_lock import assign_names, names_for
from codegen.values.diagnostics import Place, Report
from codegen.values.model import Model
from codegen.values.names import NameLock
from tests.agreement.composed_schemas import Composer, Schema, Values, validator
from tests.hostile.module_checks import TEMPLATES, imported

SEEDS = 700
"""Three schemas each."""
COMPOSED = 200
BATCH = 50
VALUES = 12
TEMPLATE = Renderer({"module": TEMPLATES["model/module.py.jinja"].decode()})


def normalised(schema: Schema, model_id: str) -> tuple[Model | None, Report]:
    report = Report()
    document = Document(model_id=model_id, input_schema=schema, origin=Origin((), Place("schema.json")))
    return build_model(document, report), report


@contextmanager
def request_class(model: Model) -> Iterator[Any]:
    """Return the generated class of a model."""
    names = names_for(model, assign_names(NameLock({}), [model.id]))
    [found] = annotate([(model.objects, names)])
    with imported(TEMPLATE("module", module=module_view(model, names, found))) as module:
        yield getattr(module, names.request)


def has_null_member(value: Any) -> bool:
    """Return True if a member of an object is null. For the client, this means that it is not given."""
    match value:
        case dict():
            return any(item is None or has_null_member(item) for item in value.values())
        case list():
            return any(map(has_null_member, value))
    return False


def accepts(request: Any, inputs: Mapping[str, Any]) -> bool:
    try:
        request(**inputs)
    except InvalidInput:
        return False
    return True


@pytest.mark.parametrize("batch", range(SEEDS // BATCH))
def test_the_class_rejects_what_json_schema_rejects(batch: int) -> None:
    schemas: dict[str, Schema] = {}
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        schema = Composer(seed).model()
        for name in schema["properties"]:  # a property that cannot be built must not hide the others
            schemas[f"acme/m{seed}-{name}"] = {**schema, "properties": {name: schema["properties"][name]}, "required": [name]}
    assert compare_all(schemas, seed=batch) > BATCH  # most can be built


@pytest.mark.parametrize("batch", range(COMPOSED // BATCH))
def test_the_class_agrees_with_a_composed_root_schema(batch: int) -> None:
    seeds = range(batch * BATCH, (batch + 1) * BATCH)
    assert compare_all({f"acme/m{seed}": Composer(seed).composed_model() for seed in seeds}, seed=batch, whole=True) > BATCH / 3


def compare_all(schemas: Mapping[str, Schema], *, seed: int, whole: bool = False) -> int:
    """Compare the verdicts for all models that can be built; return the number of these models."""
    models: list[Model] = []
    noted: dict[str, Report] = {}
    for model_id, schema in schemas.items():
        model, noted[model_id] = normalised(schema, model_id)
        if model is not None:
            models.append(model)
        else:
            assert noted[model_id].failed
    lock = assign_names(NameLock({}), (model.id for model in models))
    names = {model.id: names_for(model, lock) for model in models}
    for model, found in zip(models, annotate([(model.objects, names[model.id]) for model in models]), strict=True):
        with imported(TEMPLATE("module", module=module_view(model, names[model.id], found))) as module:
            request = getattr(module, names[model.id].request)
            compare(request, schemas[model.id], noted[model.id], seed=seed, whole=whole)
    return len(models)


def compare(request: Any, schema: Schema, report: Report, *, seed: int, whole: bool) -> None:
    given = [] if whole else list(schema["properties"].items())
    schema_validator = validator(schema)
    notes = [found for found in report if found.code in ("RC412", "RC417", "RC410")]
    values = Values(schema, seed)
    for _ in range(VALUES):
        inputs = json.loads(json.dumps(values.any(schema) if whole else {name: values.any(child) for name, child in given}))
        if not isinstance(inputs, dict) or has_null_member(inputs if whole else list(inputs.values())):
            continue
        valid = schema_validator.is_valid(inputs)
        accepted = accepts(request, inputs)
        assert accepted or not valid, f"refused, though valid: {failure_message(schema, inputs, report)}"
        assert not accepted or valid or notes, f"accepted, though invalid: {failure_message(schema, inputs, report)}"


def failure_message(schema: Schema, inputs: Any, report: Report) -> str:
    """Return the message of a failed comparison."""
    return f"{json.dumps(schema)}\n{json.dumps(inputs)}\n{[str(found.message) for found in report]}"


def test_the_comparison_covers_both_verdicts() -> None:
    """Many of the values are valid, and many are not."""
    verdicts = []
    for seed in range(100):
        schema = Composer(seed).model()
        values = Values(schema, seed)
        schema_validator = validator({**schema, "required": []})
        verdicts += [
            schema_validator.is_valid({name: values.any(child)}) for name, child in schema["properties"].items() for _ in range(4)
        ]
    assert verdicts.count(True) > 300 and verdicts.count(False) > 300
