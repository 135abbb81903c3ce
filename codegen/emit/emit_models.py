"""Generate the files of a batch of models from their schema files. This is the slow part of a build."""

from __future__ import annotations

from collections.abc import Mapping

from codegen.analyse.build_model import build_model
from codegen.emit.allowlist import check_module
from codegen.emit.annotations import annotate
from codegen.emit.emit_task import EmitResult, EmitTask, as_json
from codegen.emit.render import Renderer
from codegen.emit.style import format_if_needed
from codegen.emit.views import module_view, shipped_schema
from codegen.read.name_lock import names_for
from codegen.read.sources import Sources, read_document
from codegen.values.diagnostics import Report
from codegen.values.literals import GENERATED
from codegen.values.model import Model
from codegen.values.names import ModelNames


def emit_models(job: EmitTask) -> EmitResult:
    """Generate the files of some models."""
    report = Report(strict=job.strict)
    models = build_models(job.sources, report)
    names = {model.id: names_for(model, job.lock) for model in models}
    sources = _modules(models, names, job)
    files: dict[str, dict[str, bytes]] = {}
    for model, source in zip(models, sources, strict=True):
        module, document = job.paths[model.id]
        shipped = as_json(shipped_schema(model, names[model.id]))
        files[model.id] = {module: f"# {GENERATED}\n{source}".encode(), document: shipped}
    return EmitResult(files, names, tuple(report.diagnostics))


def build_models(sources: Sources, report: Report) -> list[Model]:
    """Return all models in the sources that have no errors."""
    documents = (read_document(sources, model_id, report) for model_id in sources.model_ids)
    return [model for item in documents if item and (model := build_model(item, report))]


def _modules(models: list[Model], names: Mapping[str, ModelNames], job: EmitTask) -> list[str]:
    """Return the source of each model's module."""
    if not models:
        return []
    render = Renderer({"module": job.template})
    annotations = annotate([(model.objects, names[model.id]) for model in models])
    sources = []
    for model, annotated in zip(models, annotations, strict=True):
        source = format_if_needed(render("module", module=module_view(model, names[model.id], annotated)))
        check_module(job.paths[model.id][0], source)
        sources.append(source)
    return sources
