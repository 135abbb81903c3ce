"""The documentation site: all models and public names are documented, links are valid, no external resources, and code runs."""

from __future__ import annotations

import ast
import html
import importlib
import inspect
import json
import re
import shlex
import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import markdown
import pytest
import runcomfy_client
from runcomfy_client import RunComfy, batch, simulator, tools
from runcomfy_client.catalog import ModelDocument, all_documents
from runcomfy_client.cli.app import start
from runcomfy_client.simulator import ManualClock, Simulator

from scripts import docs
from scripts.site.api import PAGES, names_of
from scripts.site.links import faults
from scripts.site.markdown import code, plain
from scripts.site.models import page_path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = {document.model_id: document for document in all_documents()}
BLOCK = re.compile(r"^(`{3,})(\w+)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the site, after a build without errors."""
    made = tmp_path_factory.mktemp("docs")
    shutil.copy(ROOT / "mkdocs.yml", made)
    docs.build(made)
    return made


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Return all pages in Markdown."""
    return docs.all_pages()


def blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of a page."""
    return [text for _, found, text in BLOCK.findall(page) if found == language]


def test_every_page_exists_with_its_text_version_and_is_in_the_search_index(folder: Path, pages: dict[str, str]) -> None:
    assert {page_path(model_id) for model_id in DOCUMENTS} <= pages.keys()
    found = {item["location"].partition("#")[0] for item in json.loads((folder / "site" / "search.json").read_text())["items"]}
    listed = (folder / "site" / "llms.txt").read_text()
    for path, text in pages.items():
        address = f"{path.removesuffix('.md')}.html"
        assert (folder / "site" / f"{address}.md").read_text() == text
        title = html.escape(docs.title_of(text), quote=False)
        assert f">{title}<" in (folder / "site" / address).read_text()
        assert address in found and f"({address}.md)" in listed


def test_the_links_are_checked(folder: Path, tmp_path: Path) -> None:
    assert list(faults(folder / "site")) == []
    words = '<a href="b.html">1</a> <a href="#x">2</a> <a id="y" href="a.html#y">3</a> <a href="../c.html">4</a> <a href="https://x.org">5</a>'
    (tmp_path / "a.html").write_text(f'{words}<img src="https://x.org/i.png"><link rel="stylesheet" href="//x.org/s.css">')
    assert [fault.partition(": ")[2] for fault in faults(tmp_path)] == [
        "b.html leads nowhere",
        "#x leads to no such part of the page",
        "../c.html leads nowhere",
        "fetches https://x.org/i.png",
        "fetches //x.org/s.css",
    ]


def test_every_public_name_is_on_a_page(pages: dict[str, str]) -> None:
    public = {*runcomfy_client.__all__, *batch.__all__, *simulator.__all__, *tools.__all__}
    assert public == {name for key in PAGES for name in names_of(key)}
    for key, (_, module, _) in PAGES.items():
        for name in names_of(key):
            about = pages[f"api/{key}.md"].partition(f"\n## {name} {{")[2].partition("\n## ")[0]
            known = getattr(importlib.import_module(module), name)
            assert about.strip(), name
            if (inspect.isclass(known) or inspect.isfunction(known)) and known.__doc__:
                assert known.__doc__.strip().partition("\n")[0][:60] in about, name
        imports, *signatures = blocks(pages[f"api/{key}.md"], "python")
        ast.parse(imports)
        for text in signatures:
            body = f"{text.rstrip()}: ..." if text.startswith(("def", "async")) else text
            ast.parse(body if "def " in body else re.sub(r"^(\w+)\(", r"def \1(", body.rstrip()) + ": ..." if "(" in body else body)


def test_the_page_of_a_model_has_all_its_inputs(pages: dict[str, str]) -> None:
    for model_id, document in DOCUMENTS.items():
        page = pages[page_path(model_id)]
        listed = dict(re.findall(r"^- `([^`]+)`: (.*)$", page.partition("## Output")[0], re.MULTILINE))
        assert listed.keys() == document.raw["input_schema"]["properties"].keys(), model_id
        assert {name for name, facts in listed.items() if ", **required**." in facts} == set(document.required), model_id
        assert f"`{model_id}`" in page and document.raw["class_name"] in page
    page = pages["models/kling/kling-3.0/standard/image-to-video.md"]
    assert "- `duration`: whole number, 3 to 15, default `10`.<br>Length of the whole video, in seconds." in page
    assert "    - `duration`: whole number, 3 to 15, default `5`." in page
    assert "- `start_image_url`: https:// URL of an image, or a local file, **required**." in page
    assert "0.17 USD per second" in pages["models/bytedance/seedance-2.5/image-to-video/480p.md"]


def test_the_examples_of_every_model_run(
    pages: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    clock = ManualClock()
    api = Simulator(seconds_in_queue=0, seconds_running=0, clock=clock)
    http = api.http_client()
    client = partial(RunComfy, "test", base_url=api.base_url, http_client=http, clock=clock)
    monkeypatch.setattr(runcomfy_client, "RunComfy", client)
    for model_id in DOCUMENTS:
        page = pages[page_path(model_id)]
        [program], [command, call] = blocks(page, "python"), blocks(page, "sh")
        exec(compile(program, model_id, "exec"), {})
        job = api.accepted[-1]
        assert job.model_id == model_id
        words = shlex.split(call)
        assert json.loads(words[words.index("--data-binary") + 1]) == job.inputs
        assert any(word.endswith(f"/v1/models/{model_id.replace(' ', '%20')}") for word in words)
        given, separator, text = command.partition(" --input - <<'JSON'\n")
        if separator:
            assert json.loads(text.removesuffix("JSON\n")) == job.inputs
            continue
        capsys.readouterr()
        with suppress(SystemExit):
            start([*shlex.split(given.replace("\\\n", ""))[1:], "--show-request", "--json"])
        shown = json.loads(capsys.readouterr().out)
        assert shown == job.inputs, model_id
    http.close()


@pytest.mark.parametrize("number", range(2))
def test_the_examples_of_the_page_about_prices_run(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    examples = blocks((ROOT / "docs" / "prices.md").read_text(), "python")
    assert len(examples) == 2
    exec(compile(examples[number], "prices.md", "exec"), {})
    assert "0.17 USD a second x 8 seconds" in capsys.readouterr().out


def test_the_commands_of_the_page_about_prices_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = re.findall(r"^    runcomfy-py (.*?)(?:\s+#.*)?$", (ROOT / "docs" / "prices.md").read_text(), re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    inputs = {"prompt": "Snow falls.", "image": "https://example.com/photo.png"}
    (tmp_path / "jobs.jsonl").write_text(json.dumps({"model": "bytedance/seedance-2.5/image-to-video/480p", "inputs": inputs}))
    with Simulator(seconds_in_queue=0, seconds_running=0).serve() as server:
        monkeypatch.setenv("RUNCOMFY_BASE_URL", server.base_url)
        monkeypatch.setenv("RUNCOMFY_API_TOKEN", "test")
        for command in commands:
            with suppress(SystemExit):
                assert not start(shlex.split(command)), capsys.readouterr().err
    assert len(commands) == 3 and ": 1 x, about 0.85 USD" in capsys.readouterr().out
    assert len(list((tmp_path / "night").glob("*.mp4"))) == 1


def test_every_guide_is_on_the_site_and_every_page_except_models_in_its_menu(pages: dict[str, str]) -> None:
    assert {path.name for path in (ROOT / "docs").glob("*.md")} <= pages.keys()
    menu = re.findall(r": ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert len(menu) == len(set(menu))
    assert set(menu) == {path for path in pages if not path.startswith("models/")} | {"models/index.md"}


def test_all_code_in_guides_is_tested() -> None:
    tested = {"client", "simulator", "cookbook", "agents", "local-files", "prices", "fleet"}
    with_code = {path.stem for path in (ROOT / "docs").glob("*.md") if blocks(path.read_text(encoding="utf-8"), "python")}
    assert with_code <= tested


HOSTILE = [
    "<script>alert(1)</script> & <b>",
    "# no heading",
    "- no item",
    "1. no item",
    "**no** _no_ [no](http://x.org) ![no](x.png) a_b_c",
    "| no | cell |",
    "{: .no } {{ no }} \\* ``no``",
    "!!! no",
    "=== no",
    "~~~ no",
    "end \\",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_schema_is_never_markup(text: str) -> None:
    extensions = ["tables", "attr_list", "admonition", "pymdownx.superfences"]
    for page in (plain(text), f"- {code('x')}: {plain(text)}", f"| a | b |\n|---|---|\n| {plain(text)} | {code(text)} |"):
        shown = markdown.markdown(page, extensions=extensions)
        assert set(re.findall(r"<(\w+)", shown)) <= {"p", "ul", "li", "code", "table", "thead", "tbody", "tr", "th", "td"}, shown
        assert " ".join(text.split()) in html.unescape(re.sub(r"<[^>]+>", "", shown)), shown


def test_retired_and_open_models_are_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    first = all_documents()[0]
    raw: dict[str, Any] = {**first.raw, "retired": "2026-11-29", "pricing_note": "By <the> minute.", "incomplete": ["tags"]}
    monkeypatch.setattr("scripts.site.models.all_documents", lambda: [ModelDocument(raw)])
    page = docs.all_pages()[page_path(first.model_id)]
    assert "has not listed this model since 2026-11-29" in page and "By &lt;the&gt; minute." in page
    assert "leaves the shape of `tags` open" in page
