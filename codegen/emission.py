"""Models, from their schema files to the files of the client: all that is slow in a build, for a few models at a time."""

from __future__ import annotations

from collections.abc import Mapping

from codegen.catalog import Model
from codegen.diagnostics import Report
from codegen.gate import admit
from codegen.jobs import Job, Made, as_json
from codegen.modelling import picture
from codegen.names import ModelNames
from codegen.naming import name
from codegen.pymodels import annotate
from codegen.render import Renderer
from codegen.sources import Sources, read_document
from codegen.style import tidy
from codegen.views import module_view, shipped_schema


def make(job: Job) -> Made:
    """Make the files of some models."""
    report = Report()
    models = pictures(job.sources, report)
    names = {model.id: name(model, job.lock) for model in models}
    sources = _modules(models, names, job)
    files = {
        model.id: {job.paths[model.id][0]: source.encode(), job.paths[model.id][1]: as_json(shipped_schema(model, names[model.id]))}
        for model, source in zip(models, sources, strict=True)
    }
    return Made(files, names, tuple(report.diagnostics))


def pictures(sources: Sources, report: Report) -> list[Model]:
    """Return the pictures of all models in the sources that are not at fault."""
    documents = (read_document(sources, model_id, report) for model_id in sources.model_ids)
    return [model for item in documents if item and (model := picture(item, report))]


def _modules(models: list[Model], names: Mapping[str, ModelNames], job: Job) -> list[str]:
    """The source of each model's module."""
    if not models:
        return []
    render = Renderer({"module": job.template})
    annotations = annotate([(model.objects, names[model.id]) for model in models])
    sources = []
    for model, found in zip(models, annotations, strict=True):
        source = tidy(render("module", module=module_view(model, names[model.id], found)))
        admit(job.paths[model.id][0], source)
        sources.append(source)
    return sources
