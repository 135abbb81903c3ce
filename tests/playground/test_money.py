"""Money: a confirmed run is one paid call, even after repeated requests, lost responses and restarts; others are not sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from runcomfy_client.batch.states import Stage
from runcomfy_client.quotes.book import read_quotes
from runcomfy_client.simulator import Drop, Fault, Reply

from tests.playground.fake_api import FakeAPI, fake_api
from tests.playground.harness import KLING, TOKEN, URL, RunningPlayground, running_playground, simulate, submits

FORM = {"prompt": "Snow falls.", "start_image_url": URL, "duration": "5"}


def post(client: httpx.Client, path: str, body: Any) -> httpx.Response:
    """Send a request like a page of the playground."""
    return client.post(path, json=body)


def quote(client: httpx.Client, model: str = KLING, **inputs: str) -> str:
    """Quote a job; return the key."""
    answer = post(client, "/api/quote", {"model": model, "form": {**FORM, **inputs}})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["key"])


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until a condition is true."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def stages(out: Path) -> list[Stage]:
    """Return the stages of the jobs in a ledger."""
    return [one.row.stage for one in read_quotes(out)]


def wait_for_end(served: RunningPlayground, key: str) -> None:
    """Wait until a job is no longer submitted or followed."""
    wait_for(lambda: not served.jobs.is_watched(key))


def wait_for_stage(out: Path, *wanted: Stage) -> None:
    """Wait until the first job in a ledger is in a stage."""
    wait_for(lambda: stages(out)[0] in wanted)


@pytest.fixture
def api() -> Any:
    """Run a server other than the simulator."""
    with fake_api() as made:
        yield made


def test_live_without_a_confirmation_nothing_is_sent(api: FakeAPI, tmp_path: Path) -> None:
    with running_playground(tmp_path, base_url=api.base_url) as served, served.client() as client:
        key = quote(client)
        for confirmed in ([], True, ["yes"], None, "yes"):
            refused = post(client, f"/api/runs/{key}/submit", {"confirmed": confirmed})
            assert refused.status_code == 409 and "billed to your RunComfy account" in refused.json()["confirm"][0]
        assert client.get("/runs").text.count("<article") == 0
    assert api.posts == [] and stages(tmp_path) == [Stage.PLANNED]


def test_live_a_confirmed_run_is_one_post_even_if_repeated(api: FakeAPI, tmp_path: Path) -> None:
    with running_playground(tmp_path, base_url=api.base_url) as served, served.client() as client:
        key = quote(client)
        assert quote(client) == key  # the other tab
        wanted = post(client, f"/api/runs/{key}/submit", {}).json()["confirm"]
        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(lambda _: post(client, f"/api/runs/{key}/submit", {"confirmed": wanted}).status_code, range(16)))
        assert codes == [202] * 16
        wait_for_stage(tmp_path, Stage.DOWNLOADED)
        assert post(client, f"/api/runs/{key}/submit", {}).status_code == 202
        page = client.get("/runs").text
        assert "req-1" in page and "$0.25" in page and "simulated" not in page
    assert api.posts == [(KLING, {"prompt": "Snow falls.", "start_image_url": URL, "duration": 5})]
    assert api.tokens == {TOKEN} and TOKEN not in page


def test_live_no_response_contains_the_token_even_if_the_server_echoes_it(api: FakeAPI, tmp_path: Path) -> None:
    with running_playground(tmp_path, base_url=api.base_url) as served, served.client() as client:
        for refuse in (None, (422, {"error_code": 422001}), (401, {"error_code": 401001})):
            api.refuse = refuse
            key = quote(client, prompt=f"Snow {refuse}.")
            wanted = post(client, f"/api/runs/{key}/submit", {}).json()["confirm"]
            post(client, f"/api/runs/{key}/submit", {"confirmed": wanted})
            wait_for_end(served, key)
            for path in (f"/runs/{key}", f"/runs/{key}/card", "/runs", f"/models/{KLING}?from={key}", f"/api/runs?keys={key}"):
                answer = client.get(path)
                assert answer.status_code == 200 and TOKEN not in answer.text and TOKEN not in str(answer.headers)
    assert len(api.posts) == 3


def test_an_unknown_outcome_is_shown_and_resolved_by_a_person(tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Drop(accepted=True)))
    with running_playground(tmp_path, simulator) as served, served.client() as client:
        key = quote(client)
        assert post(client, f"/api/runs/{key}/submit", {}).status_code == 202
        wait_for_stage(tmp_path, Stage.UNKNOWN)
        card = client.get(f"/runs/{key}/card").text
        assert "Unknown" in card and "Look in your RunComfy account" in card and "I found it" in card
        again = post(client, f"/api/runs/{key}/submit", {"confirmed": []})
        assert again.status_code == 202 and submits(simulator) == 1  # it is not sent again
        other = quote(client)
        assert other != key
        refused = post(client, f"/api/runs/{other}/submit", {})
        assert refused.status_code == 409 and "may already exist" in refused.json()["confirm"][0]
        for body in ({"found": "accepted"}, {"found": "accepted", "request_id": "../x"}, {"found": "?"}, {}):
            assert post(client, f"/api/runs/{key}/resolve", body).status_code in (400, 422)
        settled = {"found": "accepted", "request_id": simulator.accepted[0].request_id}
        assert post(client, f"/api/runs/{key}/resolve", settled).status_code == 200
        wait_for_stage(tmp_path, Stage.DOWNLOADED)
        assert post(client, f"/api/runs/{key}/resolve", settled).status_code == 409
    assert submits(simulator) == 1


def test_a_job_that_a_person_did_not_find_is_sent_again_on_request(tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Drop(accepted=False), after=0, times=1))
    with running_playground(tmp_path, simulator) as served, served.client() as client:
        key = quote(client)
        post(client, f"/api/runs/{key}/submit", {})
        wait_for_stage(tmp_path, Stage.UNKNOWN)
        assert post(client, f"/api/runs/{key}/resolve", {"found": "absent"}).status_code == 200
        assert stages(tmp_path) == [Stage.PLANNED] and submits(simulator) == 1
        assert ">Run<" in client.get(f"/runs/{key}/card").text
        assert post(client, f"/api/runs/{key}/submit", {}).status_code == 202
        wait_for_stage(tmp_path, Stage.DOWNLOADED)
    assert len(simulator.accepted) == 1


def test_a_running_job_is_resumed_after_a_restart(tmp_path: Path) -> None:
    simulator = simulate(running=3600)
    with running_playground(tmp_path, simulator) as served, served.client() as client:
        key = quote(client)
        post(client, f"/api/runs/{key}/submit", {})
        wait_for_stage(tmp_path, Stage.RUNNING)
        twin = post(client, f"/api/runs/{quote(client)}/submit", {})
        assert twin.status_code == 409 and twin.json()["confirm"] == [
            "A job with the same inputs is already running. This would be a second one."
        ]
    with running_playground(tmp_path, simulator) as served, served.client() as client:
        assert "Running" in client.get("/runs").text and served.jobs.is_watched(key)
    assert submits(simulator) == 1


def test_an_unsent_job_shows_the_reason_and_can_be_sent(tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Reply(401)))
    with running_playground(tmp_path, simulator) as served, served.client() as client:
        key = quote(client)
        post(client, f"/api/runs/{key}/submit", {})
        wait_for_end(served, key)
        card = client.get(f"/runs/{key}/card").text
        assert "Not sent" in card and "nothing is billed" in card and 'class="message"' in card
        post(client, f"/api/runs/{key}/submit", {})
        wait_for_stage(tmp_path, Stage.DOWNLOADED)


def test_only_a_queued_job_is_cancelled(tmp_path: Path) -> None:
    for queued, running, status, stage in ((3600.0, 0.0, 200, Stage.CANCELLED), (0.0, 3600.0, 409, Stage.RUNNING)):
        with (
            running_playground(tmp_path / str(queued), simulate(queued=queued, running=running)) as served,
            served.client() as client,
        ):
            key = quote(client)
            post(client, f"/api/runs/{key}/submit", {})
            wait_for_stage(served.out, Stage.SUBMITTED, Stage.RUNNING)
            assert post(client, f"/api/runs/{key}/cancel", {}).status_code == status
            wait_for_stage(served.out, stage)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"prompt": "x", "start_image_url": URL, "duration": "99"}, "duration"),
        ({"prompt": "x", "start_image_url": "../../etc/passwd"}, "start_image_url"),
        ({"prompt": "x", "start_image_url": "/etc/passwd"}, "start_image_url"),
        ({"start_image_url": URL}, "prompt"),
        ({"prompt": "x", "start_image_url": URL, "multi_prompt": [{"prompt": "a", "duration": "1"}]}, "multi_prompt[0].duration"),
        ({"prompt": "x", "start_image_url": URL, "multi_prompt": [{"prompt": "a"}], "duration": "9"}, ""),
        ({"prompt": "x", "start_image_url": URL, "new": "x"}, "new"),
    ],
)
def test_invalid_inputs_are_reported_by_field_without_a_quote(form: dict[str, Any], field: str, tmp_path: Path) -> None:
    with running_playground(tmp_path, simulate()) as served, served.client() as client:
        checked = post(client, "/api/check", {"model": KLING, "form": form})
        refused = post(client, "/api/quote", {"model": KLING, "form": form})
    assert checked.status_code == 200 and refused.status_code == 422
    assert [one["field"] for one in checked.json()["problems"]] == [field] == [one["field"] for one in refused.json()["problems"]]
    assert read_quotes(tmp_path) == []
