"""The stages in order: schema files in, the files of the client out. Pure; every finding goes to the report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from codegen import corrections, document, jsontext
from codegen.catalog import Catalog, Model, object_types
from codegen.checks import check, check_input, check_rules, without_unfit_defaults
from codegen.diagnostics import Place, Report
from codegen.dialect import normalise
from codegen.document import Document
from codegen.files import MANIFEST, Tree, manifest
from codegen.gate import admit
from codegen.ingest import ingest
from codegen.names import Lock, ModelNames, display_name
from codegen.naming import assign, read_lock
from codegen.pymodels import annotate
from codegen.render import SUFFIX, Renderer
from codegen.samples import sample_body
from codegen.style import docstring, tidy
from codegen.views import index_view, module_view, shipped_schema

LOCK: Final = "names.lock.json"
PACKAGE: Final = "runcomfy_client"


@dataclass(frozen=True, slots=True)
class Sources:
    """All that a build reads."""

    schemas: Tree
    """The schemas folder: `models/`, `corrections/` and the lock of names."""
    folder: str
    """How messages call the schemas folder."""
    templates: Tree


@dataclass(frozen=True, slots=True)
class Build:
    """All that a build makes."""

    tree: Tree
    """The distribution, manifest included."""
    lock: bytes
    """The new text of the lock of names."""
    catalog: Catalog


def build(sources: Sources, report: Report) -> Build | None:
    """Make the client from the schemas, or return None where the report holds an error."""
    documents = read_documents(sources, report)
    catalog = _catalog(documents, report)
    names, lock = assign(catalog, _lock(sources, report), lambda model_id: documents[model_id].place(""), report)
    if report.failed:
        return None
    tree = _static_files(sources.templates) | _package(catalog, names, sources.templates)
    tree = dict(sorted(tree.items()))
    tree[MANIFEST] = manifest(tree)
    return Build(tree, _json(lock.to_json()), catalog)


def add(sources: Sources, given: Mapping[str, str], *, model_id: str | None, captured: str, report: Report) -> dict[str, bytes]:
    """Return the files to write below the schemas folder, for what the user gave: texts by file name.

    What could not be built is an error here already. A model whose schemas are those on file is left as it is.
    """
    found: dict[str, Document] = {}
    for file, text in given.items():
        items = {item.model_id: item for item in ingest(text, file, model_id=model_id, captured=captured, report=report)}
        for twice in found.keys() & items.keys():
            message = f'"{twice}" is given twice; {found[twice].place("").file} has it too'
            report.error("RC290", items[twice].place(""), message, help="give each model once")
        found |= items
    changes = {f"models/{key}.json": document.to_json(item).encode() for key, item in found.items()}
    if not report.failed:
        documents = read_documents(replace(sources, schemas={**_lone(sources.schemas, changes), **changes}), report)
        assign(_catalog(documents, report), _lock(sources, report), lambda key: found[key].place(""), report)
    return {} if report.failed else {path: text for path, text in changes.items() if not _same(text, sources.schemas.get(path))}


def _lone(schemas: Tree, changes: Tree) -> dict[str, bytes]:
    """The corrections of the models that change, without any other model."""
    wanted = {path.replace("models/", "corrections/", 1) for path in changes}
    return {path: content for path, content in schemas.items() if path in wanted}


def _same(new: bytes, old: bytes | None) -> bool:
    """Whether two documents differ in the day of their capture at most."""
    try:
        former = {} if old is None else json.loads(old)
    except ValueError:
        return False
    return isinstance(former, dict) and {**json.loads(new), "captured": None} == {**former, "captured": None}


def read_documents(sources: Sources, report: Report) -> dict[str, Document]:
    """Return the schema documents by model id, with their corrections applied."""
    found: dict[str, Document] = {}
    for path in sources.schemas:
        if path.startswith("models/") and path.endswith(".json"):
            item = _document(sources, path.removeprefix("models/").removesuffix(".json"), report)
            if item is not None:
                found[item.model_id] = item
        elif path.startswith("corrections/") and path.replace("corrections/", "models/", 1) not in sources.schemas:
            place = Place(f"{sources.folder}/{path}")
            report.error("RC316", place, "corrections for a model that is not there", help="remove or rename the file")
    return found


def _document(sources: Sources, model_id: str, report: Report) -> Document | None:
    parsed = _parse(sources, f"models/{model_id}.json", report)
    corrected = f"corrections/{model_id}.json"
    changes = _parse(sources, corrected, report) if parsed is not None and corrected in sources.schemas else None
    if parsed is not None and changes is not None:
        parsed = replace(parsed, value=corrections.apply(parsed.value, changes, report))
    return None if parsed is None else document.read(parsed, expected_id=model_id, report=report)


def _catalog(documents: Mapping[str, Document], report: Report) -> Catalog:
    models = [model for item in documents.values() if (model := _model(item, report))]
    return Catalog(tuple(sorted(models, key=lambda model: model.id)))


def _parse(sources: Sources, path: str, report: Report) -> jsontext.Json | None:
    file = f"{sources.folder}/{path}"
    text = jsontext.decode(sources.schemas[path], file, report)
    return None if text is None else jsontext.parse(text, file, report)


def _lock(sources: Sources, report: Report) -> Lock:
    parsed = _parse(sources, LOCK, report) if LOCK in sources.schemas else None
    return Lock({}) if parsed is None else read_lock(parsed.value, parsed.place, report)


def _model(item: Document, report: Report) -> Model | None:
    """The picture of one model, or None where its schemas are at fault."""
    own = Report()
    schema = _schema(item.input_schema, "/input_schema", closed=True, item=item, incomplete=item.incomplete, report=own)
    if not own.failed:
        check_input(schema, "/input_schema", item.place, own)
        check_rules(item.rules, schema, item.place, own)
    output: dict[str, Any] | None = None
    if item.output_schema is not None:
        wrapped = document.is_wrapped(item.output_schema)
        inner = item.output_schema["output"] if wrapped else item.output_schema
        pointer = "/output_schema/output" if wrapped else "/output_schema"
        output = _schema(inner, pointer, closed=False, item=item, incomplete=(), report=own)
    report.diagnostics.extend(own.diagnostics)
    if own.failed:
        return None
    return Model(
        id=item.model_id,
        display_name=item.display_name or display_name(item.model_id),
        description=item.description or "",
        categories=item.categories,
        makes=item.output_kind,
        objects=object_types(schema, "input") + (object_types(_as_object(output), "output") if output else ()),
        rules=item.rules,
        incomplete=item.incomplete,
        example=item.example or sample_body(schema),
        input_schema=schema,
        output_schema=output,
    )


def _as_object(output: dict[str, Any]) -> dict[str, Any]:
    """What the client reads an output into: a bare URL, list or the like becomes the one member `value`."""
    named = {"$defs": output["$defs"]} if "$defs" in output else {}
    return output if "properties" in output else {"properties": {"value": output}, **named}


def _schema(
    source: object, pointer: str, *, closed: bool, item: Document, incomplete: tuple[str, ...], report: Report
) -> dict[str, Any]:
    schema = normalise(source, pointer, closed=closed, place=item.place, report=report)
    for name in incomplete:
        schema.setdefault("properties", {}).setdefault(name, {})
    if not report.failed:
        check(schema, pointer, item.place, report)
        schema = without_unfit_defaults(schema)
    return schema


def _static_files(templates: Tree) -> dict[str, bytes]:
    """The files that are copied: the runtime, the simulator, and what stands in the package as it is."""
    homes = {"runtime/": f"{PACKAGE}/", "simulator/": f"{PACKAGE}/simulator/", "package/": ""}
    return {
        home + path.removeprefix(start): content
        for path, content in templates.items()
        for start, home in homes.items()
        if path.startswith(start) and not path.endswith(SUFFIX)
    }


def _package(catalog: Catalog, names: Mapping[str, ModelNames], templates: Tree) -> dict[str, bytes]:
    """The files that depend on the models."""
    render = Renderer({path: content.decode() for path, content in templates.items() if path.endswith(SUFFIX)})
    index = index_view(catalog, names)
    texts: dict[str, str] = {}
    for path in templates:
        if path.startswith("package/") and path.endswith(SUFFIX):
            target = path.removeprefix("package/").removesuffix(SUFFIX)
            text = render(path, index=index)
            texts[target] = tidy(text) if target.endswith(".py") else text
    modules = {names[model.id].module for model in catalog}
    packages = {module[:depth] for module in modules for depth in range(1, len(module))}
    for package in packages - modules:
        texts[_module_path(package, packages)] = docstring(f"Models below `{'.'.join(package)}`.", indent=0) + "\n"
    for model in catalog:
        own = names[model.id]
        path = _module_path(own.module, packages)
        texts[path] = tidy(render("model/module.py.jinja", module=module_view(model, own, annotate(model.objects, own))))
        admit(path, texts[path])
        texts[f"{PACKAGE}/schemas/{'/'.join(own.module)}.json"] = _json(shipped_schema(model, own)).decode()
    return {path: text.encode() for path, text in texts.items()}


def _module_path(module: tuple[str, ...], packages: set[tuple[str, ...]]) -> str:
    """Where a module stands: an id that is also the start of another lives in that package's `__init__`."""
    return f"{PACKAGE}/models/{'/'.join(module)}{'/__init__' if module in packages else ''}.py"


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
