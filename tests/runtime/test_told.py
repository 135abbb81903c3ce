"""What is told of a job and of mistakes in calls: the right next step, and nothing that is only true of a submit."""

from __future__ import annotations

import pickle
from copy import copy
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client import left_behind
from runcomfy_client.errors import ConfigurationError, JobFailed, RunComfyError, ServerError

from tests.runtime.kit import ACCEPTED, DONE, SUCCESS, Film, Rig, Say, Server, raw, says

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])


def server(**more: Say | list[Say]) -> Server:
    return Server(**{"submit": ACCEPTED, "status": DONE, "result": SUCCESS, **more})


@KINDS
@pytest.mark.parametrize("status", [400, 402, 422])
def test_a_refused_look_is_not_told_as_a_refused_submit(kind: str, status: int) -> None:
    with pytest.raises(RunComfyError) as caught:
        Rig(kind, server(status=says(status))).run()
    assert caught.value.request_id == "r-1"
    assert (
        "The job goes on" in str(caught.value)
        and "costs nothing" not in str(caught.value)
        and "nothing was" not in str(caught.value)
    )


def test_a_job_that_is_over_is_not_said_to_go_on() -> None:
    assert left_behind(JobFailed("no", request_id="r-1")) is None
    left = left_behind(ServerError("no", request_id="r-1"))
    assert left is not None and left.request_id == "r-1"


def test_a_coroutine_function_as_a_callback_of_the_sync_client_is_told() -> None:
    async def show(_status: Any) -> None: ...

    saying = server()
    with pytest.raises(ConfigurationError, match="coroutine function"):
        Rig("sync", saying).run(on_update=show)
    assert saying.calls == []


@KINDS
def test_a_job_is_not_pickled_and_says_what_to_keep(kind: str) -> None:
    with pytest.raises(TypeError, match="keep its request_id, 'r-1'"):
        pickle.dumps(Rig(kind, server()).submit())


def test_a_copy_of_a_result_can_still_save(tmp_path: Path) -> None:
    def use(client: Any) -> Any:
        return copy(client.run(Film(prompt="x"))).save(tmp_path)

    (path,) = Rig("sync", server(file=raw(b"film"))).call(use)
    assert path.read_bytes() == b"film"
