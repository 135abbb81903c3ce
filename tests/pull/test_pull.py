"""`runcomfy-codegen pull` against the simulator's catalog and against servers with faults."""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable, Iterator
from itertools import count, repeat
from pathlib import Path
from typing import Any

import httpx
import pytest
from runcomfy_client.simulator import Fault, Garbage, HalfBody, Reply, Simulator

from codegen import commands, files, pipeline
from codegen.cli import main
from codegen.pull import pull
from codegen.read.catalog_server import ATTEMPTS, CatalogError, CatalogServer, check_base_url
from codegen.report.format_report import CommandResult
from codegen.values.diagnostics import Report

URL = "https://simulator.invalid"


def entry(number: int, **more: Any) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["prompt"],
        "properties": {"prompt": {"type": "string"}, "duration": {"type": "integer"}},
    }
    return {
        "model_id": f"acme/m-{number:04}",
        "display_name": f"M {number}",
        "base_price_usd": 0.1,
        "price_unit": "second",
        "input_schema": schema,
        **more,
    }


def catalog(entries: list[Any], **more: Any) -> Callable[[httpx.Request], httpx.Response]:
    """Return a catalog server with pages."""

    def answer(request: httpx.Request) -> httpx.Response:
        offset, limit = int(request.url.params["offset"]), int(request.url.params["limit"])
        body = {"models": entries[offset : offset + limit], "total": len(entries), "limit": limit, "offset": offset}
        return httpx.Response(200, json={**body, **more})

    return answer


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[float]]:
    waits: list[float] = []
    monkeypatch.setenv("RUNCOMFY_API_TOKEN", "secret-token")
    monkeypatch.setattr("codegen.pull.CatalogServer", lambda url, token, client: CatalogServer(url, token, client, waits.append))
    (tmp_path / "schemas").mkdir()
    yield waits


class PullRunner:
    def __init__(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "schemas"

    def __call__(
        self, answer: Callable[[httpx.Request], httpx.Response] | Simulator, **options: Any
    ) -> tuple[int, CommandResult, Report]:
        given: dict[str, Any] = dict.fromkeys(("search", "category", "vendor"))
        given |= dict.fromkeys(("prune", "strict", "dry_run"), False) | {"base_url": URL, "schemas": self.folder} | options
        space, report, result = argparse.Namespace(**given), Report(), CommandResult()
        transport = answer.transport() if isinstance(answer, Simulator) else httpx.MockTransport(answer)
        code = pull(space, commands._sources(space), report, result, httpx.Client(transport=transport))
        return code, result, report

    def documents(self) -> dict[str, Any]:
        return {path: json.loads(text) for path, text in files.read_tree(self.folder).items() if path.startswith("models/")}


@pytest.fixture
def run(tmp_path: Path) -> PullRunner:
    return PullRunner(tmp_path)


def test_the_whole_catalog_is_pulled_with_prices_and_a_second_pull_changes_nothing(run: PullRunner) -> None:
    code, result, report = run(Simulator())
    assert (code, result.facts["invalid"], report.failed) == (0, [], False)
    written = run.documents()
    assert len(written) == len(result.facts["new"]) > 90
    assert all(item["base_price_usd"] == 0.01 and item["price_unit"] == "output" for item in written.values())
    code, result, _ = run(Simulator())
    assert (code, result.facts["new"], result.facts["changed"], result.facts["unchanged"]) == (0, [], [], len(written))
    assert run.documents() == written


@pytest.mark.parametrize("effect", [Reply(429, retry_after=1), Reply(500), Reply(503), HalfBody(), Garbage()], ids=repr)
def test_transient_failures_are_retried(effect: Any, run: PullRunner, no_waiting: list[float]) -> None:
    assert run(Simulator(faults=[Fault("catalog", effect, times=2)]))[0] == 0
    assert len(no_waiting) == 2


def test_a_server_that_stays_down_is_an_error_and_nothing_is_written(run: PullRunner, no_waiting: list[float]) -> None:
    code, _, report = run(Simulator(faults=[Fault("catalog", Reply(503), times=None)]))
    assert (code, report.failed, run.documents()) == (2, True, {})
    assert len(no_waiting) == ATTEMPTS - 1


def test_one_invalid_model_does_not_affect_the_others(run: PullRunner) -> None:
    entries = [*map(entry, range(3)), entry(3, input_schema={"type": "object", "properties": {"x": {"type": "wat"}}}), "garbage"]
    code, result, report = run(catalog(entries))
    assert (code, result.facts["invalid"], len(run.documents())) == (1, ["acme/m-0003"], 3)
    assert {"RC407", "RC302"} <= {item.code for item in report.diagnostics}
    again = PullRunner(run.folder.parent)
    again.folder = run.folder.parent / "strict"
    again.folder.mkdir()
    assert again(catalog(entries), strict=True)[0] == 2
    assert not again.documents()


def test_an_endless_slow_page_is_abandoned() -> None:
    client = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200, content=repeat(b" "))))
    server = CatalogServer(URL, None, client, lambda seconds: None, count(step=7).__next__)
    with pytest.raises(CatalogError, match="took more than 120 seconds"):
        next(server.entries({}))


def refused(run: PullRunner, answer: Callable[[httpx.Request], httpx.Response], words: str) -> None:
    before = run.documents()
    code, _, report = run(answer)
    assert code == 2 and words in report.diagnostics[-1].message
    assert run.documents() == before


def test_an_outage_is_an_error_and_writes_nothing(run: PullRunner) -> None:
    entries = [entry(number) for number in range(250)]
    assert run(catalog(entries))[0] == 0
    refused(run, catalog([]), "empty")
    refused(run, catalog(entries[:200]), "50 of 250 models have vanished")
    refused(run, catalog([*entries[:150], *entries[:100]]), "listed twice")

    def changing(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        return httpx.Response(200, json={"models": entries[offset : offset + 100], "total": 250 + (offset > 0)})

    refused(run, changing, "changed while it was read")
    refused(run, lambda request: httpx.Response(200, json={"models": entries[:3], "total": 250}), "has 3 models, not 100")


def test_a_removed_model_is_retired_until_it_is_pruned_or_returns(run: PullRunner) -> None:
    entries = [entry(number) for number in range(20)]
    run(catalog(entries))
    code, result, _ = run(catalog(entries[1:]))
    assert (code, result.facts["retired"]) == (0, ["acme/m-0000"])
    assert run.documents()["models/acme/m-0000.json"]["retired"]
    before = run.documents()
    assert run(catalog(entries[1:]))[1].facts["retired"] == []
    assert run.documents() == before
    run(catalog(entries))
    assert "retired" not in run.documents()["models/acme/m-0000.json"]
    run(catalog(entries[1:]))
    assert run(catalog(entries[1:]), prune=True)[1].facts["pruned"] == ["acme/m-0000"]
    assert len(run.documents()) == 19


def test_models_that_were_not_requested_are_kept(run: PullRunner) -> None:
    entries = [entry(number) for number in range(20)]
    run(catalog(entries))
    run(catalog(entries[:1]), search="m-0000")
    assert not any("retired" in item for item in run.documents().values())


def test_a_dry_run_prints_the_diff_and_writes_nothing(run: PullRunner) -> None:
    entries = [entry(number) for number in range(3)]
    run(catalog(entries))
    before = run.documents()
    code, result, _ = run(catalog([entry(0, base_price_usd=0.2), *entries[1:]]), dry_run=True)
    assert (code, result.facts["changed"]) == (0, ["acme/m-0000"])
    assert [change["impact"] for change in result.facts["changes"]] == ["price"]
    assert run.documents() == before


@pytest.mark.parametrize(
    ("odd", "price"),
    [
        ({"base_price_usd": "0.084"}, 0.084),
        ({"base_price_usd": None, "price_unit": None, "pricing_note": None}, None),
        ({"price_unit": "megapixel", "future": {"a": [1]}, "kind": "workflow"}, 0.1),
        ({"base_price_usd": 0, "display_name": None, "categories": []}, 0),
    ],
)
def test_entries_of_other_shapes(odd: dict[str, Any], price: float | None, run: PullRunner) -> None:
    turned = dict(reversed({**entry(0), **odd}.items()))
    assert run(catalog([turned, entry(1)]))[0] == 0
    written = run.documents()["models/acme/m-0000.json"]
    assert written.get("base_price_usd") == price
    assert written.get("future") == odd.get("future") and written.get("price_unit") == odd.get("price_unit", "second")
    assert_not_parsed_again(run, catalog([entry(1), turned]), 2)


def assert_not_parsed_again(run: PullRunner, answer: Callable[[httpx.Request], httpx.Response], unchanged: int) -> None:
    """Check that a second pull does not parse unchanged models again, which takes most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(pipeline, "add")
        assert run(answer)[1].facts["unchanged"] == unchanged


def test_a_catalog_cannot_set_the_source_of_a_document(run: PullRunner) -> None:
    entries = [entry(number, source="elsewhere", captured=1, retired=True, provenance=[]) for number in range(12)]
    assert run(catalog(entries))[0] == 0
    assert {item["source"] for item in run.documents().values()} == {"catalog"}
    assert_not_parsed_again(run, catalog(entries), 12)
    assert run(catalog(entries[1:]))[1].facts["retired"] == ["acme/m-0000"]


def test_pages_of_other_shapes(run: PullRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codegen.read.catalog_server._MAX_PAGES", 30)
    entries = [entry(number) for number in range(25)]

    def odd(total: int | None) -> Callable[[httpx.Request], httpx.Response]:
        def answer(request: httpx.Request) -> httpx.Response:
            offset = int(request.url.params["offset"])
            body = {"next": None, "offset": offset, "limit": 10, "models": entries[offset : offset + 10]}
            text = json.dumps(body if total is None else {**body, "total": total}).encode()
            return httpx.Response(200, content=gzip.compress(text), headers={"Content-Encoding": "gzip"})

        return answer

    assert run(odd(None), dry_run=True)[1].facts["new"] == run(odd(25))[1].facts["new"] == [item["model_id"] for item in entries]
    refused(run, lambda request: httpx.Response(200, json={"models": ["?"]}), "does not end")
    refused(run, lambda request: httpx.Response(200, json={"models": [], "total": None}), "empty")


def test_a_name_conflict_of_two_models_does_not_affect_the_others(run: PullRunner) -> None:
    ids = ["acme/Clip", "acme/clip", "acme/m-0000", "acme/M_0000", "acme/other"]
    entries = [entry(0, model_id=model_id) for model_id in ids]
    assert run(catalog(entries[2:3]))[0] == 0
    code, result, report = run(catalog(entries))
    assert (code, result.facts["new"]) == (1, ["acme/Clip", "acme/other"])
    assert result.facts["invalid"] == ["acme/M_0000", "acme/clip"], "what is on file keeps its name, else the first id has it"
    [*_, output] = [item for item in report.diagnostics if item.place.file == "catalog:acme/clip"]
    (run.folder / "names.lock.json").write_text(f"{{{output.help.partition(': ')[2]}}}")
    code, result, _ = run(catalog(entries))
    assert (result.facts["new"], result.facts["invalid"]) == (["acme/clip"], ["acme/M_0000"])
    built = pipeline.build(commands._sources(argparse.Namespace(schemas=run.folder)), report := Report())
    assert built is not None and not report.failed and built.models == 4
    assert b"class Clip2(" in built.tree["runcomfy_client/models/acme/clip_2.py"]


def test_a_new_class_inside_a_changed_model_may_not_hide_another_model(run: PullRunner) -> None:
    scene = {"type": "object", "properties": {"scene": {"type": "object", "properties": {"text": {"type": "string"}}}}}
    run(catalog([entry(0, model_id="acme/clip"), entry(1, model_id="acme/clip-scene")]))
    before = run.documents()
    changed = [entry(0, model_id="acme/clip", input_schema=scene), entry(1, model_id="acme/clip-scene")]
    code, result, report = run(catalog(changed))
    assert (code, result.facts["invalid"], run.documents()) == (1, ["acme/clip"], before)
    assert [item.code for item in report.diagnostics] == ["RC601"]


def test_a_correction_that_no_longer_applies_is_listed_with_a_next_step(run: PullRunner) -> None:
    run(catalog([entry(0), entry(1)]))
    place = run.folder / "corrections" / "acme" / "m-0000.json"
    place.parent.mkdir(parents=True)
    change = {"at": "/base_price_usd", "was": 0.1, "now": 0.2}
    place.write_text(json.dumps({"corrections": [{"reason": "The page says so.", "changes": [change]}]}))
    assert run(catalog([entry(0, display_name="New"), entry(1)]))[1].facts["changed"] == ["acme/m-0000"], "it still applies"
    code, result, report = run(catalog([entry(0, base_price_usd=0.3), entry(1, base_price_usd=0.3)]))
    assert (code, result.facts["invalid"], result.facts["changed"]) == (1, ["acme/m-0000"], ["acme/m-0001"])
    assert [(item.code, "remove or update" in item.help) for item in report.diagnostics] == [("RC314", True)]


def test_parts_that_only_a_page_contains_are_kept(run: PullRunner) -> None:
    page = {
        "source": "page",
        "captured": "2026-01-01",
        "output_schema": {"type": "object", "properties": {"video": {"type": "string"}}},
    }
    path = run.folder / "models" / "acme" / "m-0000.json"
    path.parent.mkdir(parents=True)
    titled = entry(0)
    titled["input_schema"]["properties"]["prompt"] |= {"title": "Prompt", "default": "A hill."}
    path.write_text(json.dumps({**titled, **page, "base_price_usd": None, "price_unit": None}))
    bare = {key: value for key, value in entry(0).items() if key != "display_name"}
    assert run(catalog([bare]))[1].facts["changed"] == ["acme/m-0000"]
    written = run.documents()["models/acme/m-0000.json"]
    assert (written["output_schema"], written["base_price_usd"]) == (page["output_schema"], 0.1)
    assert written["input_schema"]["properties"]["prompt"] == titled["input_schema"]["properties"]["prompt"]
    assert_not_parsed_again(run, catalog([bare]), 1)


def test_a_part_of_the_catalog(run: PullRunner) -> None:
    own = [entry(0), {**entry(1), "model_id": "beta/clip"}, {**entry(2), "categories": ["text-to-video"]}]
    simulator = Simulator(own)
    assert run(simulator, vendor="acme")[1].facts["new"] == ["acme/m-0000", "acme/m-0002"]
    assert run(simulator, category="text-to-video")[1].facts == run(simulator, search="m-0002")[1].facts
    assert run(simulator, vendor="beta/")[1].facts["new"] == ["beta/clip"]
    code, result, _ = run(simulator, search="nothing like it")
    assert (code, result.lines[0]) == (0, "no model in the catalog matches")
    assert run(Simulator(own[1:]), vendor="beta")[1].facts["retired"] == []


def test_the_command_prints_json_and_names_the_catalog(run: PullRunner, capsys: pytest.CaptureFixture[str]) -> None:
    with Simulator(
        [entry(0), entry(1, input_schema={"type": "object", "properties": {"x": {"type": "string"}}})]
    ).serve() as server:
        places = ["--schemas", str(run.folder / "new"), "--base-url", server.base_url]
        assert main(["pull", *places, "--dry-run"]) == 0
        assert capsys.readouterr().out.splitlines()[-2:] == ["dry run, nothing was written", "2 new, 0 unchanged"]
        assert main(["pull", *places, "m-0000"]) == 0
        assert capsys.readouterr().out.splitlines()[-1].startswith("next: runcomfy-codegen build --schemas ")
        words = ["pull", *places, "--format", "json"]
        assert main(words) == 0
    output = json.loads(capsys.readouterr().out)
    assert (output["new"], output["unchanged"], output["exit_code"]) == (["acme/m-0001"], 1, 0)
    assert [change["impact"] for change in output["changes"]] == ["additive"]
    assert main(words) == 2
    output = json.loads(capsys.readouterr().out)
    assert output["diagnostics"][0]["file"] == server.base_url and "check the base URL" in output["diagnostics"][0]["help"]
    assert main(["explain", "RC001"]) == 0
    assert "catalog" in capsys.readouterr().out


def test_a_retired_model_warns_its_users_and_is_marked_in_the_list(run: PullRunner) -> None:
    entries = [entry(number) for number in range(12)]
    run(catalog(entries))
    run(catalog(entries[1:]))
    built = pipeline.build(commands._sources(argparse.Namespace(schemas=run.folder)), Report())
    assert built is not None
    listed = {line.split("`")[1]: line for line in built.tree["MODELS.md"].decode().splitlines() if line.startswith("| `")}
    assert "(retired 20" in listed["acme/m-0000"] and "retired" not in listed["acme/m-0001"]
    text = built.tree["runcomfy_client/models/acme/m_0000.py"].decode()
    space: dict[str, Any] = {"__name__": __name__}
    exec(compile(text, "m_0000", "exec", dont_inherit=True), space)
    with pytest.warns(DeprecationWarning, match="has not listed this model since 20") as caught:
        space["M0000"](prompt="x")
    assert caught[0].filename == __file__


def test_a_pull_prints_the_same_changes_as_diff(run: PullRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = [entry(number) for number in range(20)]
    run(catalog(entries))
    places = ["--schemas", str(run.folder), "--output", str(tmp_path / "client")]
    assert main(["build", *places]) == 0
    required = {**entries[1]["input_schema"], "required": ["prompt", "duration"]}
    now = [entry(0, base_price_usd=0.2, display_name="New"), entry(1, input_schema=required), *entries[2:18], entry(30), entry(31)]
    result = run(catalog(now))[1].facts["changes"]
    capsys.readouterr()
    main(["diff", *places, "--format", "json"])
    assert result == json.loads(capsys.readouterr().out)["changes"] and len(result) == 7
    pruned = run(catalog(now), prune=True)[1].facts["changes"]
    assert [change["text"] for change in pruned] == ["`M0018` was removed", "`M0019` was removed"]


def test_the_token_is_sent_only_to_the_given_host(run: PullRunner) -> None:
    seen: list[str] = []

    def redirecting(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url.host))
        return httpx.Response(302, headers={"Location": "https://elsewhere.invalid/v1/models"})

    code, _, report = run(redirecting)
    assert code == 2 and "redirects" in report.diagnostics[-1].message and seen == ["simulator.invalid"]
    assert "secret-token" not in str(report.diagnostics)


@pytest.mark.parametrize(
    "url",
    ["http://example.com", "ftp://example.com", "https://u:p@example.com", "https://", "nonsense", "http://127.0.0.1.evil.com"],
)
def test_an_unsafe_base_url_is_rejected_before_the_token_is_sent(url: str) -> None:
    with pytest.raises(CatalogError):
        check_base_url(url)


@pytest.mark.parametrize("status", [200, 400, 401])
def test_an_invalid_token_is_reported_for_every_status(status: int, run: PullRunner, no_waiting: list[float]) -> None:
    body = {"error_code": 400004, "error_message": "the token secret-token is bad"}
    code, _, report = run(lambda request: httpx.Response(status, json=body))
    [problem] = report.diagnostics
    assert (code, no_waiting, problem.help) == (2, [], "create a new token in your RunComfy profile")
    assert problem.message == f"the catalog rejected the token (HTTP {status}, error 400004)"


def test_a_401_has_a_next_step(run: PullRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RUNCOMFY_API_TOKEN")
    monkeypatch.setenv("RUNCOMFY_CONFIG_DIR", str(tmp_path))
    code, _, report = run(Simulator())
    assert code == 2 and "RUNCOMFY_API_TOKEN" in report.diagnostics[-1].help
    assert run(catalog([entry(0)]))[0] == 0  # a catalog that wants no token
