"""The public interface: its names, their modules, and the parity of the sync and async classes."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import pickle
from pathlib import Path
from typing import Any

import pytest
import runcomfy_client
import runcomfy_client.batch.errors
import runcomfy_client.errors
from runcomfy_client import AsyncJob, AsyncResult, AsyncRunComfy, AsyncRuns, Job, Policy, Result, RunComfy, Runs
from runcomfy_client.batch import BatchLimits
from runcomfy_client.errors import Problem, RunComfyError

PAIRS = [(RunComfy, AsyncRunComfy), (Job, AsyncJob), (Result, AsyncResult), (Runs, AsyncRuns)]
ASYNC_NAMES = {
    "close": "aclose",
    "__enter__": "__aenter__",
    "__exit__": "__aexit__",
    "__iter__": "__aiter__",
    "__next__": "__anext__",
}
PRIVATE = ("_core", "_engine", "_http")


def public(name: str) -> Any:
    return getattr(runcomfy_client, name)


def methods(cls: type) -> dict[str, Any]:
    """Return the public methods of a class and the methods of its protocols (context manager, iterator)."""
    found = {name: getattr(cls, name) for name in dir(cls) if not name.startswith("_")}
    found.update({name: getattr(cls, name) for pair in ASYNC_NAMES.items() for name in pair if name in vars(cls)})
    return {name: value for name, value in found.items() if callable(value)}


METHODS = [(sync, asynchronous, name) for sync, asynchronous in PAIRS for name in methods(sync)]
IDS = [f"{sync.__name__}.{name}" for sync, _, name in METHODS]


@pytest.mark.parametrize("name", runcomfy_client.__all__)
def test_every_public_name_lives_in_a_public_module(name: str) -> None:
    value = public(name)
    assert not any(part.startswith("_") for part in value.__module__.split("."))
    assert not any(word in repr(value) + (inspect.getdoc(value) or "") for word in PRIVATE)
    assert inspect.getdoc(value)


def test_the_list_of_names_is_the_same_at_run_time_and_for_type_checkers() -> None:
    tree = ast.parse(Path(str(runcomfy_client.__file__)).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    for_checkers = {
        alias.asname: f"{node.module}" for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    table = next(node for node in ast.walk(block) if isinstance(node, ast.Dict))
    at_run_time = {name: f"runcomfy_client.{module}" for name, module in ast.literal_eval(table).items()}
    assert for_checkers == at_run_time
    assert set(at_run_time) == set(runcomfy_client.__all__)
    assert len(runcomfy_client.__all__) == len(set(runcomfy_client.__all__))


@pytest.mark.parametrize("module", [runcomfy_client.errors, runcomfy_client.batch.errors], ids=lambda module: module.__name__)
def test_every_error_can_be_imported_from_the_package(module: Any) -> None:
    errors = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, RunComfyError)]
    assert len(errors) > 3
    for error in errors:
        assert error.__name__ in runcomfy_client.__all__
        assert public(error.__name__) is error


@pytest.mark.parametrize(
    "value",
    [
        Policy(),
        Problem("prompt", "missing"),
        runcomfy_client.OrphanedJob("a/b", "r-1"),
        runcomfy_client.Status("r-1", runcomfy_client.State.QUEUED),
        runcomfy_client.Balance(1.0, "USD", {}),
        runcomfy_client.WaitTimeout(3.0, request_id="r-1"),
        runcomfy_client.RawRequest(model="a/b", inputs={}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_pickle_names_public_modules_only(value: Any) -> None:
    data = pickle.dumps(value)
    assert not any(word.encode() in data for word in PRIVATE)
    assert type(pickle.loads(data)) is type(value)


def parameters(cls: type, name: str) -> list[str]:
    return [parameter for parameter in inspect.signature(getattr(cls, name)).parameters if parameter != "self"]


@pytest.mark.parametrize("client", [RunComfy, AsyncRunComfy])
def test_the_options_of_a_client(client: type) -> None:
    options = ["http_timeout", "policy", "include_cost", "cancel_queued", "hooks"]
    assert set(options) < set(parameters(client, "__init__"))
    assert parameters(client, "with_options") == options
    assert parameters(client, "run") == ["request", "timeout", "on_status"]
    assert parameters(client, "run_all") == ["requests", "max_in_flight", "max_concurrent_submits", "timeout", "on_status"]
    assert parameters(client, "preflight") == ["request", "timeout"]


def test_the_options_of_jobs_results_and_batches() -> None:
    assert parameters(Job, "result") == ["timeout", "on_status"]
    assert parameters(Job, "updates") == ["timeout"]
    assert parameters(Result, "save") == ["folder", "timeout", "on_progress", "limits"]
    assert {"timeout", "max_in_flight", "max_concurrent_submits"} <= {field.name for field in dataclasses.fields(BatchLimits)}
    assert not {"deadline", "in_flight", "submits"} & {field.name for field in dataclasses.fields(BatchLimits)}
    assert isinstance(Runs.orphaned, property)
    assert isinstance(AsyncRuns.orphaned, property)


def test_the_numbers_of_a_policy() -> None:
    assert [field.name for field in dataclasses.fields(Policy)] == [
        "poll_initial",
        "poll_multiplier",
        "poll_max",
        "poll_jitter",
        "polls_per_second",
        "not_found_grace",
        "max_attempts",
        "backoff_initial",
        "backoff_max",
        "retry_after_max",
        "retry_budget",
        "retry_budget_refill",
        "submit_grace_period",
        "cancel_timeout",
    ]


@pytest.mark.parametrize(("sync", "asynchronous"), PAIRS, ids=lambda cls: cls.__name__)
def test_sync_and_async_classes_have_the_same_methods(sync: type, asynchronous: type) -> None:
    assert {ASYNC_NAMES.get(name, name) for name in methods(sync)} == set(methods(asynchronous))


@pytest.mark.parametrize(("sync", "asynchronous", "name"), METHODS, ids=IDS)
def test_sync_and_async_methods_have_the_same_parameters(sync: type, asynchronous: type, name: str) -> None:
    ours, theirs = (
        inspect.signature(getattr(cls, word)) for cls, word in ((sync, name), (asynchronous, ASYNC_NAMES.get(name, name)))
    )
    assert [(p.name, p.kind, p.default) for p in ours.parameters.values()] == [
        (p.name, p.kind, p.default) for p in theirs.parameters.values()
    ]


@pytest.mark.parametrize(("sync", "asynchronous", "name"), METHODS, ids=IDS)
def test_async_methods_document_their_arguments_and_errors_like_sync_ones(sync: type, asynchronous: type, name: str) -> None:
    if name.startswith("__"):
        return
    ours, theirs = (
        inspect.getdoc(getattr(cls, word)) or "" for cls, word in ((sync, name), (asynchronous, ASYNC_NAMES.get(name, name)))
    )
    for parameter in list(inspect.signature(getattr(sync, name)).parameters)[1:]:
        assert f"    {parameter}: " in ours, parameter
        assert f"    {parameter}: " in theirs, parameter

    def raised(text: str) -> set[str]:
        return {name for name in runcomfy_client.__all__ if name in text.partition("Raises:")[2]}

    assert raised(ours) == raised(theirs)
