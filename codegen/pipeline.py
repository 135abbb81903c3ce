"""The stages in order: schema files in, the files of the client out. Pure; every finding goes to the report.

Modules that the stages are made of are imported where they are first needed: a build that has nothing to do loads none of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from codegen.emit.tasks import EmitResult, EmitTask, as_json
from codegen.files.manifest import CACHE, MANIFEST, Entry, Tree, cache_text, digest, manifest_text, read_cache
from codegen.read.name_lock import assign_names, names_for, refuse_collisions, update_lock
from codegen.read.sources import Sources, corrections_path, model_path, read_document, read_names, read_published, read_version
from codegen.read.unread import warn_unread
from codegen.values.diagnostics import Place, Report
from codegen.values.names import ModelNames, NameLock
from codegen.values.version import Version

if TYPE_CHECKING:
    from codegen.read.document import Document

PACKAGE: Final = "runcomfy_client"
SUFFIX: Final = ".jinja"
_MODULE_TEMPLATE: Final = f"model/module.py{SUFFIX}"
_BATCH: Final = 25
"""Models emitted in one go: datamodel-code-generator is twice as fast on many as on one."""


@dataclass(frozen=True, slots=True)
class Build:
    """All that a build makes."""

    tree: Tree
    """The distribution, manifest included."""
    lock: bytes
    """The new text of the lock of names."""
    cache: bytes
    """What the next build may want to know."""
    models: int
    rebuilt: int
    """How many models were emitted anew."""


def build(sources: Sources, report: Report, *, progress: Callable[[int, int], None] = lambda done, total: None) -> Build | None:
    """Make the client from the schemas, or return None where the report holds an error.

    A model whose sources, names and generator are those of the previous tree is taken from there, if its files are still as they
    were written.
    """
    _refuse_orphans(sources, report)
    warn_unread(sources, report)
    version = read_version(sources, report)
    lock = assign_names(read_names(sources, report), sources.model_ids)
    plan = _plan(sources, lock)
    emitted = _emit(
        [model_id for model_id in sources.model_ids if model_id not in plan.kept], plan, sources, lock, progress, report
    )
    exports = {model_id: entry.exports for model_id, entry in plan.kept.items()}
    exports |= {model_id: tuple(sorted(own.classes.values())) for model_id, own in emitted.names.items()}
    refuse_collisions(exports, lock, lambda model_id: Place(f"{sources.folder}/{model_path(model_id)}", line=1, column=1), report)
    if report.failed:
        return None
    tree = {path: sources.previous[path] for entry in plan.kept.values() for path in entry.files}
    for files in emitted.files.values():
        tree |= files
    tree |= _static_files(sources.templates) | _shared_files(exports, lock, version, sources, tree)
    tree = dict(sorted(tree.items()))
    tree[MANIFEST] = manifest_text(tree)
    entries, new_lock = dict(plan.kept), update_lock(lock, emitted.names)
    keys = _keys({model_id: plan.paths[model_id] for model_id in emitted.files}, sources, new_lock)
    for model_id, files in emitted.files.items():
        digests = {path: digest(content) for path, content in files.items()}
        entries[model_id] = Entry(keys[model_id], exports[model_id], digests)
    return Build(tree, as_json(new_lock.to_json()), cache_text(entries), len(sources.model_ids), len(emitted.files))


def add(sources: Sources, given: Mapping[str, str], *, model_id: str | None, captured: str, report: Report) -> dict[str, bytes]:
    """Return the files to write below the schemas folder, for what the user gave: texts by file name.

    A document keeps the parts of the one on file that only another source told. What could not be built is an error here already.
    `changed_documents` returns those that differ from what is on file.
    """
    from codegen.read.document import to_json
    from codegen.read.ingest import ingest
    from codegen.read.takeover import take_over

    found: dict[str, Document] = {}
    for file, text in given.items():
        items = {item.model_id: item for item in ingest(text, file, model_id=model_id, captured=captured, report=report)}
        for twice in found.keys() & items.keys():
            message = f'"{twice}" is given twice; {found[twice].place("").file} has it too'
            report.error("RC290", items[twice].place(""), message, help="give each model once")
        for alone in (item for key, item in items.items() if "/" not in key):
            message = f'the model id "{alone.model_id}" has one segment, where ids look like vendor/model/variant'
            report.warn("RC317", alone.place(""), message, help="see whether it is the whole id, as it stands in the endpoint")
        found |= items
    for key, item in found.items():
        known = read_published(sources, key, Report()) if model_path(key) in sources.schemas else None
        found[key] = take_over(item, known) if known else item
    changes = {model_path(key): to_json(item).encode() for key, item in found.items()}
    if not report.failed:
        _examine(replace(sources, schemas={**sources.schemas, **changes}), found, report)
    return {} if report.failed else changes


def changed_documents(sources: Sources, given: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the documents that differ from those on file in more than the day of their capture."""
    return {path: text for path, text in given.items() if not _same(text, sources.schemas.get(path))}


def shipped(sources: Sources, model_ids: Iterable[str], report: Report) -> dict[str, dict[str, Any]]:
    """Return the schema documents that the client ships for some models, by id, without making their modules."""
    from codegen.emit.emit_models import build_models
    from codegen.emit.views import shipped_schema

    models = build_models(sources.only(model_ids), report)
    lock = assign_names(read_names(sources, report), (model.id for model in models))
    return {model.id: shipped_schema(model, names_for(model, lock)) for model in models}


def names_of(sources: Sources, model_ids: Iterable[str], lock: NameLock) -> dict[str, ModelNames]:
    """Return the names that the client gives to some models, by id."""
    from codegen.emit.emit_models import build_models

    models = build_models(sources.only(model_ids), Report())
    known = assign_names(lock, (model.id for model in models))
    return {model.id: names_for(model, known) for model in models}


def _examine(sources: Sources, found: Mapping[str, Document], report: Report) -> None:
    """Report what would keep new documents from being built, where the user wrote it."""
    from codegen.analyse.build_model import build_model
    from codegen.analyse.checks import check_meta

    lock = assign_names(read_names(sources, report), found)
    exports: dict[str, Iterable[str]] = {}
    for model_id, given in found.items():
        corrected = read_document(sources, model_id, report)
        model = build_model(replace(corrected, origin=given.origin), report) if corrected else None
        if model:
            check_meta(model.input_schema, "/input_schema", given.place, report)
            exports[model_id] = names_for(model, lock).classes.values()
    refuse_collisions(
        exports, lock, lambda model_id: found[model_id].place("") if model_id in found else Place(sources.folder), report
    )


def _same(new: bytes, old: bytes | None) -> bool:
    """Whether two documents differ in the day of their capture at most."""
    try:
        former = {} if old is None else json.loads(old)
    except ValueError:
        return False
    return isinstance(former, dict) and {**json.loads(new), "captured": None} == {**former, "captured": None}


def _refuse_orphans(sources: Sources, report: Report) -> None:
    for path in sources.schemas:
        if path.startswith("corrections/") and path.replace("corrections/", "models/", 1) not in sources.schemas:
            place = Place(f"{sources.folder}/{path}")
            report.error("RC316", place, "corrections for a model that is not there", help="remove or rename the file")


@dataclass(frozen=True, slots=True)
class _BuildPlan:
    """What a build has to do."""

    paths: Mapping[str, str]
    """Where the module of each model will stand."""
    kept: Mapping[str, Entry]
    """The models whose files in the previous tree are still right."""


def _plan(sources: Sources, lock: NameLock) -> _BuildPlan:
    packages = _packages(lock.entries[model_id][0] for model_id in sources.model_ids)
    paths = {model_id: _module_path(lock.entries[model_id][0], packages) for model_id in sources.model_ids}
    keys = _keys(paths, sources, lock)
    kept = {
        model_id: entry
        for model_id, entry in read_cache(sources.previous.get(CACHE)).items()
        if keys.get(model_id) == entry.key
        and set(entry.files) == {paths[model_id], _schema_path(lock.entries[model_id][0])}
        and all(digest(sources.previous.get(path, b"")) == known for path, known in entry.files.items())
    }
    return _BuildPlan(paths, kept)


def _keys(paths: Mapping[str, str], sources: Sources, lock: NameLock) -> dict[str, str]:
    """A digest of everything that the files of a model depend on, by the model's id."""
    base = digest(sources.generator.encode(), sources.templates[_MODULE_TEMPLATE]).encode()
    return {
        model_id: digest(
            base,
            path.encode(),
            as_json(lock.only([model_id]).to_json()),
            sources.schemas[model_path(model_id)],
            sources.schemas.get(corrections_path(model_id), b""),
        )
        for model_id, path in paths.items()
    }


def _emit(
    model_ids: list[str], plan: _BuildPlan, sources: Sources, lock: NameLock, progress: Callable[[int, int], None], report: Report
) -> EmitResult:
    """Make the files of some models, and take over what was found wrong with them."""
    if not model_ids:
        return EmitResult()
    from codegen.emit.emit_models import emit_models

    files: dict[str, Mapping[str, bytes]] = {}
    names: dict[str, ModelNames] = {}
    for start in range(0, len(model_ids), _BATCH):
        chosen = model_ids[start : start + _BATCH]
        paths = {model_id: (plan.paths[model_id], _schema_path(lock.entries[model_id][0])) for model_id in chosen}
        task = EmitTask(sources.only(chosen), lock.only(chosen), paths, sources.templates[_MODULE_TEMPLATE].decode(), report.strict)
        emitted = emit_models(task)
        report.diagnostics.extend(emitted.diagnostics)
        files |= emitted.files
        names |= emitted.names
        progress(start + len(chosen), len(model_ids))
    return EmitResult(files, names)


def _static_files(templates: Tree) -> dict[str, bytes]:
    """The files that are copied as they are, to the same path."""
    start = "package/"
    return {
        path.removeprefix(start): content
        for path, content in templates.items()
        if path.startswith(start) and not path.endswith(SUFFIX)
    }


def _shared_files(
    exports: Mapping[str, tuple[str, ...]], lock: NameLock, version: Version, sources: Sources, made: Tree
) -> dict[str, bytes]:
    """The files that list all models, and the packages that hold nothing else."""
    from codegen.emit.index import index_entry
    from codegen.emit.render import Renderer

    render = Renderer({path: content.decode() for path, content in sources.templates.items() if path.endswith(SUFFIX)})
    index = [
        index_entry(json.loads(made[_schema_path(lock.entries[model_id][0])]), lock.entries[model_id][0], exports[model_id])
        for model_id in sources.model_ids
    ]
    texts = {
        path.removeprefix("package/").removesuffix(SUFFIX): render(path, index=index, version=version)
        for path in sources.templates
        if path.startswith("package/") and path.endswith(SUFFIX)
    }
    modules = {lock.entries[model_id][0] for model_id in sources.model_ids}
    packages = _packages(modules)
    for package in packages - modules:
        texts[_module_path(package, packages)] = f'"""Models below `{".".join(package)}`."""\n'
    return {path: text.encode() for path, text in texts.items()}


def _packages(modules: Iterable[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return {module[:depth] for module in modules for depth in range(1, len(module))}


def _module_path(module: tuple[str, ...], packages: set[tuple[str, ...]]) -> str:
    """Where a module stands: an id that is also the start of another lives in that package's `__init__`."""
    return f"{PACKAGE}/models/{'/'.join(module)}{'/__init__' if module in packages else ''}.py"


def _schema_path(module: tuple[str, ...]) -> str:
    return f"{PACKAGE}/schemas/{'/'.join(module)}.json"
