"""Builds models in memory, and checks properties that every generated module must have, for any schema."""

from __future__ import annotations

import ast
import json
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from black import Mode, format_str
from black.mode import TargetVersion

from codegen import files, pipeline
from codegen.emit.allowlist import check_module
from codegen.read.sources import Sources
from codegen.report.format_report import as_text
from codegen.values.diagnostics import Report
from codegen.values.literals import GENERATED
from tests.hostile.class_facts import exact, exact_sent, expected_facts, facts_of

TEMPLATES = files.read_tree(Path(__file__).resolve().parents[2] / "templates")
MODE = Mode(line_length=120, target_versions={TargetVersion.PY311})
SCHEMAS, MODELS = "runcomfy_client/schemas/", "runcomfy_client/models/"


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """The source and the schema document that a build created for one model."""

    source: str
    shipped: dict[str, Any]


def build_models(documents: Iterable[Mapping[str, Any]], templates: Mapping[str, bytes] = TEMPLATES) -> dict[str, BuiltModel]:
    """Build models together; return the results by model id."""
    schemas = {f"models/{item['model_id']}.json": json.dumps(item).encode() for item in documents}
    report = Report()
    built = pipeline.build(Sources(schemas=schemas, folder="schemas", templates=templates), report)
    assert built is not None, as_text(report)
    made: dict[str, BuiltModel] = {}
    for path, content in built.tree.items():
        if path.startswith(SCHEMAS):
            module = MODELS + path.removeprefix(SCHEMAS).removesuffix(".json")
            source = built.tree[f"{module}.py" if f"{module}.py" in built.tree else f"{module}/__init__.py"]
            shipped = json.loads(content)
            header, _, module_source = source.decode().partition("\n")
            assert header == f"# {GENERATED}"
            made[shipped["model_id"]] = BuiltModel(module_source, shipped)
    return made


def assert_module_matches(document: Mapping[str, Any], made: BuiltModel) -> None:
    """Assert that a module is harmless and matches its schema document."""
    check_module("module.py", made.source)
    assert format_str(made.source, mode=MODE) == made.source
    incomplete: dict[str, Any] = {name: {} for name in document.get("incomplete", [])}
    schema = {**document["input_schema"], "properties": document["input_schema"]["properties"] | incomplete}
    with imported(made.source) as module:
        cls = getattr(module, made.shipped["class_name"])
        assert cls.MODEL_ID == made.shipped["model_id"] == document["model_id"]
        assert facts_of(cls) == expected_facts(schema, schema)
        _check_requests(cls, made.shipped)
    assert "HOSTILE_CANARY" not in os.environ
    shipped = made.shipped["input_schema"]["properties"]
    assert list(shipped) == list(schema["properties"])
    for wire, child in schema["properties"].items():
        assert exact(shipped[wire].get("enum")) == exact([child["const"]] if "const" in child else child.get("enum"))
    _check_texts(document, schema, made)


def _check_requests(cls: Any, shipped: Mapping[str, Any]) -> None:
    sample = shipped["example"]
    assert exact(cls(**sample).payload()) == exact(sample)
    for wire, child in shipped["input_schema"]["properties"].items():
        for value in (*child.get("enum", []), child.get("default")):
            if value is not None:
                sent = cls(**{**sample, wire: value}).payload()
                assert sent.keys() == {*sample, wire}
                assert exact(sent[wire]) == exact_sent(value, child)


def _check_texts(document: Mapping[str, Any], schema: Mapping[str, Any], made: BuiltModel) -> None:
    """Assert that docstrings contain the words of the descriptions."""
    request = next(node for node in classes(made.source) if node.name == made.shipped["class_name"])
    about = " ".join((ast.get_docstring(request, clean=False) or "").split())
    for text in (document.get("display_name"), document.get("description"), *document.get("categories", [])):
        assert " ".join((text or "").split()) in about
    output = " ".join(_plain(inner) for node in request.body for inner in [node] if isinstance(node, ast.Expr))
    for child in schema["properties"].values():
        if "$ref" not in child:
            assert " ".join(child.get("description", "").split()) in output


def _plain(node: ast.stmt) -> str:
    assert isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return " ".join(node.value.value.split())


@contextmanager
def imported(source: str) -> Iterator[ModuleType]:
    """Import a source as a module while the block runs; warnings are errors."""
    module = ModuleType("hostile_module")
    sys.modules[module.__name__] = module
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(compile(source, "hostile_module.py", "exec"), module.__dict__)
            yield module
    finally:
        del sys.modules[module.__name__]


def classes(source: str) -> list[ast.ClassDef]:
    """Return the classes of a module."""
    return [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]


def skeleton(source: str) -> list[str]:
    """Return the structure of a module without its texts: constants by type, own names by number, no docstrings or aliases."""
    known: dict[str, str] = {}
    for node in classes(source):
        known[node.name] = f"class {len(known)}"
    return [ast.dump(_SkeletonTransformer(known).visit(node)) for node in classes(source)]


class _SkeletonTransformer(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        own = [line.target.id for line in node.body if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)]
        self.names = {**self.names, **{name: f"field {number}" for number, name in enumerate(own)}}
        node.body = [self.visit(line) for line in node.body if not isinstance(line, ast.Expr)]
        node.bases = [self.visit(base) for base in node.bases]
        node.name = self.names[node.name]
        return node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.names.get(node.id, node.id))

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant(type(node.value).__name__)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Remove a `Field` with only an alias, and `Annotated` with only a type."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "Annotated" and isinstance(node.slice, ast.Tuple):
            kept = [part for part in node.slice.elts if not (isinstance(part, ast.Call) and ast.dump(part) == _EMPTY)]
            return kept[0] if len(kept) == 1 else ast.Subscript(node.value, ast.Tuple(kept))
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        kept = [part for part in node.keywords if part.arg != "alias"] if ast.unparse(node.func) == "Field" else node.keywords
        return ast.Call(node.func, node.args, kept)


_EMPTY = ast.dump(ast.Call(ast.Name("Field"), [], []))
