"""Render the templates. An undefined name in a template is an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

SUFFIX = ".jinja"


class Renderer:
    """Renders the templates of one project, which are given by path."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self._environment = Environment(
            loader=DictLoader(dict(templates)),
            undefined=StrictUndefined,
            autoescape=False,  # the output is Python, and every text in it comes from codegen.emit.style
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def __call__(self, path: str, **context: Any) -> str:
        """Return the rendered text of one template."""
        return self._environment.get_template(path).render(**context)
