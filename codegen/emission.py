"""The modules of models: annotated, printed, formatted, admitted. All that is slow in a build, for a few models at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codegen.catalog import Model
from codegen.gate import admit
from codegen.names import ModelNames
from codegen.pymodels import annotate
from codegen.render import Renderer
from codegen.style import tidy
from codegen.views import module_view


@dataclass(frozen=True, slots=True)
class Job:
    """One module to make: where it will stand, and of what."""

    path: str
    model: Model
    names: ModelNames


def emit(jobs: Sequence[Job], template: str) -> list[str]:
    """Return the source of each module; `template` is the one that prints them."""
    render = Renderer({"module": template})
    annotations = annotate([(job.model.objects, job.names) for job in jobs])
    sources = [
        tidy(render("module", module=module_view(job.model, job.names, found)))
        for job, found in zip(jobs, annotations, strict=True)
    ]
    for job, source in zip(jobs, sources, strict=True):
        admit(job.path, source)
    return sources
