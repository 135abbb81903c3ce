"""Makes the site of the documentation: pages into build/site, from those the site into site/.

    python -m scripts.docs

The site needs no server: open site/index.html. Each page has a twin in Markdown beside it, and llms.txt lists those.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from scripts.site.api import api_pages
from scripts.site.links import faults
from scripts.site.models import model_pages

ROOT: Final = Path(__file__).resolve().parents[1]
_FILES: Final = (".css", ".svg", ".png")
"""The kinds of files below docs/ that pages show."""
_LINK: Final = re.compile(r"(!?)\[([^\]\n]*)\]\(([^)\s]+)\)")
_IN_HTML: Final = re.compile(r"""((?:src|srcset|href)=")docs/""")
_MOVED: Final = {"generated/MODELS.md": "models/index.md", "README.md": "index.md"}
"""What stands elsewhere on the site."""


def guides() -> dict[str, str]:
    """Return the pages that are written by hand, by path; links to what is not on the site are words."""
    texts = {"index.md": (ROOT / "README.md").read_text(encoding="utf-8")}
    texts |= {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
    linked = {path: _LINK.sub(lambda found: _linked(found, texts), text) for path, text in texts.items()}
    return {path: _IN_HTML.sub(r"\1", text) for path, text in linked.items()}


def _linked(found: re.Match[str], texts: dict[str, str]) -> str:
    mark, words, target = found.groups()
    if target.startswith(("http:", "https:", "#")):
        return found[0]
    path, hash, part = target.removeprefix("../").partition("#")
    path = _MOVED.get(path, path.removeprefix("docs/"))
    if path in texts or path == "models/index.md" or (ROOT / "docs" / path).suffix in _FILES:
        return f"{mark}[{words}]({path}{hash}{part})"
    return words


def all_pages() -> dict[str, str]:
    """Return all pages of the site, by path."""
    return {**guides(), **model_pages(), **api_pages()}


def llms_txt(pages: dict[str, str]) -> str:
    """Return the list of all pages for programs that read: titles, and where their Markdown stands."""
    lines = [
        "# runcomfy-client",
        "",
        "> Typed Python client, command line (`runcomfy-py`) and MCP server for the RunComfy Model API: paid image, video and "
        "audio models behind one asynchronous HTTP API. Inputs are checked before a paid call, and a submit that "
        "may have been accepted is never sent again.",
        "",
        "Never repeat a submit whose outcome is unknown: it could be paid twice. `--simulate` tries anything without a token and "
        "without cost.",
        "",
    ]
    for title, start in (("Guides", ""), ("Python API", "api/"), ("Models", "models/")):
        listed = [path for path in pages if path.startswith(start) and (start or "/" not in path)]
        lines += [f"## {title}", "", *(f"- [{title_of(pages[path])}]({twin_of(path)})" for path in listed), ""]
    return "\n".join(lines)


def title_of(page: str) -> str:
    """Return the title of a page."""
    return page.partition("\n")[0].removeprefix("# ")


def twin_of(path: str) -> str:
    """Return where the Markdown of a page stands: at the address of the page, with `.md` behind it."""
    return f"{path.removesuffix('.md')}.html.md"


def write_pages(folder: Path) -> dict[str, str]:
    """Write the pages for the generator of the site; return them."""
    pages = all_pages()
    shutil.rmtree(folder, ignore_errors=True)
    for path, text in pages.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    for file in (ROOT / "docs").iterdir():
        if file.suffix in _FILES:
            shutil.copy(file, folder)
    return pages


def build(folder: Path) -> dict[str, str]:
    """Make the site below a folder that has the settings, `mkdocs.yml`; return its pages.

    Raises:
        SystemExit: it could not be made, or a link leads nowhere.
    """
    site = folder / "site"
    pages = write_pages(folder / "build" / "site")
    shutil.rmtree(site, ignore_errors=True)
    command = [sys.executable, "-m", "zensical", "build", "--config-file", "mkdocs.yml"]
    ran = subprocess.run(command, cwd=folder, env={**os.environ, "NO_COLOR": "1"}, capture_output=True, text=True, check=False)
    if ran.returncode or not (site / "index.html").is_file():
        sys.exit(f"zensical: {ran.stdout}{ran.stderr}")
    for path, text in pages.items():
        (site / twin_of(path)).write_text(text, encoding="utf-8")
    (site / "llms.txt").write_text(llms_txt(pages), encoding="utf-8")
    if found := list(faults(site)):
        sys.exit("\n".join(found))
    return pages


if __name__ == "__main__":
    print(f"{len(build(ROOT))} pages in site/; open site/index.html")
