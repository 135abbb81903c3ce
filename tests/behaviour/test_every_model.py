"""Every generated model: its class is found and typed, and a job with its sample body runs against the simulator."""

from __future__ import annotations

import json
import threading
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import runcomfy_client.models as models
from runcomfy_client import RunComfy, model_class, request
from runcomfy_client.models._index import EXPORTS, MODELS
from runcomfy_client.simulator import ManualClock, Simulator

SHIPPED = Path(str(files("runcomfy_client"))) / "schemas"


def document(model_id: str) -> dict[str, Any]:
    module = EXPORTS[MODELS[model_id]].split(".")
    shipped: dict[str, Any] = json.loads((SHIPPED.joinpath(*module[:-1]) / f"{module[-1]}.json").read_text(encoding="utf-8"))
    return shipped


@pytest.mark.parametrize("model_id", sorted(MODELS))
def test_a_job_runs_with_the_sample_body(model_id: str) -> None:
    shipped = document(model_id)
    clock = ManualClock()
    built = request(model_id, **shipped["example"])
    assert type(built).__name__ == shipped["class_name"] == MODELS[model_id]
    with Simulator(clock=clock) as simulator:
        with RunComfy(token="test", base_url=simulator.base_url, http_client=simulator.http_client(), clock=clock) as client:
            result = client.run(built, timeout=60)
        assert simulator.accepted[0].inputs == shipped["example"]
    medium = (shipped["kind"] or "VIDEO").lower()
    assert getattr(result.output, medium) or getattr(result.output, f"{medium}s")
    assert result.files


@pytest.mark.parametrize("model_id", [model_id for model_id in sorted(MODELS) if document(model_id)["incomplete"]])
def test_inputs_without_a_type_accept_any_json(model_id: str) -> None:
    shipped = document(model_id)
    names = shipped["incomplete"]
    built = request(model_id, **shipped["example"], **{name: [{"any": ["thing", 1, None]}] for name in names})
    assert all(built.payload()[name] == [{"any": ["thing", 1, None]}] for name in names)
    assert all(f"`{name}`" in (type(built).__doc__ or "") for name in names)
    with pytest.raises(ValueError, match=names[0]):
        request(model_id, **shipped["example"], **{names[0]: object()})


def test_all_classes_are_listed_and_load_from_many_threads() -> None:
    assert set(models.__all__) == set(EXPORTS) <= set(dir(models))
    found: list[object] = []
    barrier = threading.Barrier(8)

    def load() -> None:
        barrier.wait()
        found.extend(getattr(models, name) for name in models.__all__)

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 * len(models.__all__) and len(set(map(id, found))) == len(models.__all__)


def test_classes_have_their_model_ids() -> None:
    assert {model_id: model_class(model_id).MODEL_ID for model_id in MODELS} == {model_id: model_id for model_id in MODELS}
