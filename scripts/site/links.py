"""Checks the built site: every link leads somewhere, and nothing is fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

_FETCHED: Final = {
    ("script", "src"),
    ("img", "src"),
    ("link", "href"),
    ("iframe", "src"),
    ("source", "src"),
    ("source", "srcset"),
    ("object", "data"),
}
"""What a browser fetches by itself."""
_NOT_FETCHED: Final = {"canonical", "next", "prev", "alternate"}
"""Relations of `link` that are only told."""


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[tuple[str, bool]] = []
        """Each address, and whether it is fetched."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {key: value or "" for key, value in attrs}
        self.ids |= {known[key] for key in ("id", "name") if key in known}
        for key in ("href", "src", "srcset", "data"):
            if key not in known:
                continue
            fetched = (tag, key) in _FETCHED and known.get("rel") not in _NOT_FETCHED
            self.links.append((known[key], fetched))


def faults(site: Path) -> Iterator[str]:
    """Yield what is wrong with the links of a site, in words."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        for link, fetched in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if fetched and parts.scheme != "data":
                    yield f"{path.relative_to(site)}: fetches {link}"
                continue
            start = site / parts.path.lstrip("/") if parts.path.startswith("/") else path.parent / unquote(parts.path)
            target = path if not parts.path else start.resolve()
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file() or not target.is_relative_to(site):
                yield f"{path.relative_to(site)}: {link} leads nowhere"
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
                yield f"{path.relative_to(site)}: {link} leads to no such part of the page"


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page
