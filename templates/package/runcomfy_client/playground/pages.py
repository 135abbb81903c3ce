"""The pages: from views to HTML. Everything that a template prints is escaped, and nothing in it is a script."""

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
"""The files that pages load, and their types."""


@cache
def environment() -> Environment:
    """Return the templates."""
    made = Environment(
        loader=PackageLoader(_PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["path"] = url_path
    made.globals["asset"] = asset_url
    return made


def render(template: str, **values: Any) -> str:
    """Fill a template. Half a surrogate pair, which no page can hold, is written out."""
    text = environment().get_template(template).render(**values)
    return text.encode("utf-8", "backslashreplace").decode()


def url_path(text: str) -> str:
    """Write a model id, a key or a path as a part of an address."""
    return quote(text, safe="/")


@cache
def assets() -> tuple[str, dict[str, bytes]]:
    """Return the files that pages load, by name, and a digest of them all."""
    found = {name: (files(_PACKAGE) / "static" / name).read_bytes() for name in STATIC}
    return hashlib.sha256(b"\0".join(found.values())).hexdigest()[:12], found


def asset_url(name: str) -> str:
    """Return the address of a file that pages load. It changes with the content, so browsers may keep it."""
    digest, found = assets()
    assert name in found, name
    return f"/static/{digest}/{name}"
