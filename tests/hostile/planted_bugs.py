"""Bugs to plant in the generator, each at a position where text of a schema is escaped or checked."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

import pytest
from jinja2 import Environment, StrictUndefined

from codegen.analyse import build_model, checks
from codegen.analyse.dialect import normalise
from codegen.analyse.dialect.normalise import SchemaNormaliser
from codegen.emit import annotations_ast, emit_models, render, views
from codegen.emit.annotations import cache, queries
from codegen.values import literals, names
from codegen.values.model import ABSENT
from tests.hostile.module_checks import TEMPLATES

# the packages export functions with the names of these modules
document_module = import_module("codegen.read.document.parse")
json_module = import_module("codegen.read.jsontext.parse")
TEMPLATE: Final = "model/module.py.jinja"
_strict_choice = queries._choice
Templates = Mapping[str, bytes]
Bug = Callable[[pytest.MonkeyPatch], Templates | None]


def _raw(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else literals.literal(value)


def _patch(target: object, name: str, value: Any) -> Bug:
    return lambda patch: patch.setattr(target, name, value)


def _edit(old: str, new: str) -> Bug:
    def edit(_patch: pytest.MonkeyPatch) -> Templates:
        source = TEMPLATES[TEMPLATE].decode()
        assert source.count(old) == 1, "the template has changed; change the planted bug, too"
        return {**TEMPLATES, TEMPLATE: source.replace(old, new).encode()}

    return edit


def _no_allowlist(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(emit_models, "check_module", lambda path, source: None)
    patch.setattr(literals, "_escape", lambda found: found[0])


def _rendered_twice(patch: pytest.MonkeyPatch) -> None:
    once = render.Renderer.__call__
    again = Environment(undefined=StrictUndefined)
    patch.setattr(render.Renderer, "__call__", lambda self, path, **given: again.from_string(once(self, path, **given)).render())


def _loose_keywords(patch: pytest.MonkeyPatch) -> None:
    """The dialect keeps unknown keywords and passes them to the model generator."""
    plain = queries._QueryBuilder._plain

    def loose(source: Any, *args: Any, **given: Any) -> Any:
        found = normalise(source, *args, **given)
        for name, child in found.get("properties", {}).items():
            written = source.get("properties", {}).get(name, {})
            child |= {key: written[key] for key in ("customTypePath", "x-python-import") if key in written}
        return found

    def shown(self: Any, schema: Any, kind: str, role: Any) -> Any:
        return {
            **plain(self, schema, kind, role),
            **{key: schema[key] for key in ("customTypePath", "x-python-import") if key in schema},
        }

    patch.setattr(build_model, "normalise", loose)
    patch.setattr(queries._QueryBuilder, "_plain", shown)


def _shown(key: str) -> Bug:
    """A text of the schema is passed to the model generator unchanged."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        shape = queries._QueryBuilder.shape

        def show(self: Any, schema: Any, role: Any) -> Any:
            if key in schema and schema.get("type") == "string":
                return {"type": "string", key: schema[key]}
            return shape(self, schema, role)

        patch.setattr(queries._QueryBuilder, "shape", show)

    return plant


def _escaped_for_html(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(render, "Environment", lambda **given: Environment(**{**given, "autoescape": True}))


def _lost_references(patch: pytest.MonkeyPatch) -> None:
    strict = SchemaNormaliser._target

    def target(self: SchemaNormaliser, reference: str, pointer: str) -> Any:
        return strict(self, reference, pointer) if reference.startswith("#") else {"type": "string"}

    patch.setattr(SchemaNormaliser, "_target", target)


def _placeholders_replaced_twice(patch: pytest.MonkeyPatch) -> None:
    """The replacement of a placeholder is searched for placeholders again."""

    def visit(self: Any, node: ast.Name) -> Any:
        return self.generic_visit(self.substitutions[node.id]) if node.id in self.substitutions else node

    patch.setattr(cache._Restore, "visit_Name", visit)


def _choice(values: list[Any], kinds: list[str]) -> ast.expr:
    if any(isinstance(value, list | dict) for value in values):
        return _strict_choice(values, kinds)
    return queries._subscript("Literal", *map(ast.Constant, values))


BUGS: Final[dict[str, Bug]] = {
    "constants are not escaped": _patch(literals, "_escape", lambda found: found[0]),
    "only quotes are escaped in constants": _patch(literals, "_escape", lambda found: '\\"' if found[0] == '"' else found[0]),
    "backslashes are not escaped in constants": _patch(literals, "_SHORT", {**literals._SHORT, "\\": "\\"}),
    "invisible characters are shown": _patch(literals, "_ESCAPED", re.compile(r'[\\"\n\r\t]')),
    "docstrings are not escaped": _patch(views, "docstring", lambda *texts, indent: '"""' + "\n\n".join(texts) + '"""'),
    "docstrings escape triple quotes alone": _patch(
        views, "docstring", lambda *texts, indent: '"""' + "\n\n".join(texts).replace('"""', '\\"\\"\\"') + '"""'
    ),
    "docstrings are left out": _patch(views, "docstring", lambda *texts, indent: '"""Inputs."""'),
    "aliases are left out": _patch(views, "_with_alias", lambda annotation, wire: annotation),
    "aliases are not escaped": _patch(annotations_ast, "literal", _raw),
    "an empty default is no default": _patch(
        views, "_python_default", lambda field: (None if field.default is ABSENT else field.default) or None
    ),
    "defaults are not printed": _edit(" = {{ field.default }}", " = None"),
    "docstrings are printed as comments": _edit("    {{ field.docstring }}", "    # {{ field.docstring }}"),
    "constants are printed in capitals": _edit("{{ constant }}", "{{ constant | upper }}"),
    "texts are escaped for HTML": _escaped_for_html,
    "templates are rendered twice": _rendered_twice,
    "names may meet": _patch(names, "attributes", lambda wires, classes=(), **given: {wire: names._plain(wire) for wire in wires}),
    "names are whatever Python takes for one": _patch(names, "_plain", lambda wire: re.sub(r"\W", "_", wire) or "_"),
    "no name is reserved": _patch(names, "RESERVED", frozenset()),
    "no class name is reserved": _patch(names, "RESERVED_CLASSES", frozenset()),
    "there is no gate, and constants are not escaped": _no_allowlist,
    "the dialect lets unknown keywords through": _loose_keywords,
    "the model generator is shown enums": _shown("enum"),
    "the model generator is shown patterns": _shown("pattern"),
    "placeholders are looked for in texts": _placeholders_replaced_twice,
    "choices are checked as Python compares": _patch(queries, "_choice", _choice),
    "sizes and names are not checked": _patch(build_model, "check", lambda *args: None),
    "no size is checked": _patch(checks, "_check_size", lambda *args: None),
    "weights are not checked": _patch(checks, "_check_weight", lambda *args: None),
    "every text is a model id": _patch(document_module, "check_id", lambda *args: True),
    "JSON is read as Python does": _patch(json_module, "_DECODER", json.JSONDecoder()),
    "references to elsewhere mean nothing": _lost_references,
}
