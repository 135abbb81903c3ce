"""The simulated account: jobs reduce the balance by their listed price, and results contain it, with a delay if a fault says so."""

from __future__ import annotations

from typing import Any

import pytest
from runcomfy_client import InsufficientBalance, JobFailed, RawRequest, RunComfy
from runcomfy_client.simulator import Fault, JobFails, ManualClock, Simulator, WithholdCost, read_fault

MODEL = {
    "model_id": "acme/clip",
    "base_price_usd": 0.1,
    "price_unit": "second",
    "pricing_note": "",
    "input_schema": {"type": "object", "properties": {"duration": {"type": "integer", "default": 5}}},
}
IMAGE = {**MODEL, "model_id": "acme/image", "price_unit": "image", "input_schema": {"properties": {"n": {"type": "integer"}}}}


def simulate(*faults: Fault, balance_usd: float = 1.0, running: float = 0.0) -> tuple[Simulator, RunComfy]:
    simulator = Simulator(
        [MODEL, IMAGE], seconds_in_queue=running, seconds_running=0, clock=ManualClock(), faults=faults, balance_usd=balance_usd
    )
    http = simulator.http_client()
    return simulator, RunComfy("t", base_url=simulator.base_url, http_client=http, include_cost=True)


def clip(**inputs: int) -> RawRequest:
    return RawRequest(model="acme/clip", inputs=dict(inputs))


def test_a_job_takes_the_listed_price_from_the_balance_until_it_is_used_up() -> None:
    _, client = simulate()
    assert client.run(clip(duration=3)).cost == 0.3
    assert client.balance().usd == 0.7
    assert client.run(clip()).cost == 0.5
    assert client.run(RawRequest(model="acme/image", inputs={"n": 2})).cost == 0.2
    assert client.balance().usd == 0
    with pytest.raises(InsufficientBalance) as raised:
        client.run(clip(duration=1))
    assert raised.value.code == 400002


@pytest.mark.parametrize(
    ("inputs", "cost"),
    [
        ({"duration": 8}, 1.6),  # the server's default, 720p
        ({"duration": 8, "resolution": "480p"}, 0.8),
        ({"duration": "8", "resolution": None}, 1.6),
        ({"duration": 8, "audio": True}, 3.2),
        ({"resolution": "480p"}, 0.5),
        ({"resolution": "8K"}, 0.01),  # not in the table: the default of the simulator
    ],
)
def test_a_price_table_takes_precedence_over_the_listed_price(inputs: dict[str, Any], cost: float) -> None:
    table = {
        "unit": "second",
        "usd": {"resolution": {"480p": 0.1, "720p": 0.2}},
        "factors": {"audio": {"true": 2, "false": 1}},
        "source": "price list",
        "date": "2026-11-25",
    }
    properties = {"duration": {"default": 5}, "resolution": {"default": "720p"}, "audio": {"default": False}}
    priced = {**MODEL, "price_table": table, "input_schema": {"properties": properties}}
    simulator = Simulator([priced], seconds_in_queue=0, seconds_running=0)
    client = RunComfy("t", base_url=simulator.base_url, http_client=simulator.http_client(), include_cost=True)
    assert client.run(RawRequest(model="acme/clip", inputs=inputs)).cost == cost


def test_failed_and_cancelled_jobs_are_refunded() -> None:
    _, client = simulate(Fault("submit", JobFails()))
    with pytest.raises(JobFailed):
        client.run(clip())
    assert client.balance().usd == 1
    _, client = simulate(running=60)
    job = client.submit(clip())
    assert client.balance().usd == 0.5
    job.cancel()
    assert client.balance().usd == 1


def test_a_cost_that_is_reported_late() -> None:
    _, client = simulate(Fault("result", WithholdCost()))
    result = client.run(clip())
    assert result.cost is None
    assert client.job(result.request_id).result().cost == 0.5
    assert read_fault("result:withhold-cost").effect == WithholdCost()


def test_the_catalog_lists_the_price() -> None:
    simulator, _ = simulate()
    listed = simulator.handle("GET", "/v1/models", headers={"Authorization": "Bearer t"}).json()["models"]
    assert [(entry["base_price_usd"], entry["price_unit"]) for entry in listed] == [(0.1, "second"), (0.1, "image")]
