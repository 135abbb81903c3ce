"""Renders the pages with Jinja. All values are escaped, and pages contain no inline scripts."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

_PACKAGE: Final = "runcomfy_client.playground"
STATIC: Final = {
    "playground.css": "text/css",
    "playground.js": "text/javascript",
    "form.js": "text/javascript",
    "icons.svg": "image/svg+xml",
}
"""The static files that pages load, with their MIME types."""


@cache
def environment() -> Environment:
    """Return the environment of the templates."""
    jinja = Environment(
        loader=PackageLoader(_PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    jinja.filters["path"] = url_path
    jinja.globals["asset"] = asset_url
    return jinja


def render(template: str, **values: Any) -> str:
    """Render a template. Lone surrogates, which UTF-8 cannot encode, are escaped."""
    text = environment().get_template(template).render(**values)
    return text.encode("utf-8", "backslashreplace").decode()


def url_path(text: str) -> str:
    """Quote a model id, a key or a path for use in an address."""
    return quote(text, safe="/")


@cache
def assets() -> tuple[str, dict[str, bytes]]:
    """Return a digest of all static files, and their contents by name."""
    contents = {name: (files(_PACKAGE) / "static" / name).read_bytes() for name in STATIC}
    return hashlib.sha256(b"\0".join(contents.values())).hexdigest()[:12], contents


def asset_url(name: str) -> str:
    """Return the address of a static file. It changes with the contents, so browsers may cache it."""
    digest, contents = assets()
    assert name in contents, name
    return f"/static/{digest}/{name}"
