"""Errors as values: they can be pickled and copied, have a next step, and are not treated as network errors by retry helpers."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from runcomfy_client import errors
from runcomfy_client.errors import (
    APIError,
    ConfigurationError,
    DownloadError,
    InvalidInput,
    JobFailed,
    Problem,
    RateLimited,
    RunComfyError,
    SubmitUnknown,
    UploadFailed,
    WaitTimeout,
)

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, RunComfyError)]
SPECIAL: dict[type[RunComfyError], Any] = {
    InvalidInput: lambda: InvalidInput("Film", (Problem("seconds", "16 is more than the maximum, 15"), Problem("", "odd"))),
    UploadFailed: lambda: UploadFailed("photo.png could not be uploaded", path="photo.png"),
    SubmitUnknown: lambda: SubmitUnknown("reset", model_id="studio/film", time=datetime(2026, 1, 2, tzinfo=UTC), body_sha256="ab"),
    JobFailed: lambda: JobFailed({"why": ["x"]}, request_id="r-1", model_id="studio/film"),
    WaitTimeout: lambda: WaitTimeout(60, request_id="r-1", cancelled=True),
    DownloadError: lambda: DownloadError(
        "gone", url="https://x.example.com/a?signature=s3cret#f", request_id="r-1", http_status=404
    ),
}


def make(kind: type[RunComfyError]) -> RunComfyError:
    plain: dict[str, Any] = {"request_id": "r-1", "model_id": "studio/film", "http_status": 418, "code": 418001, "retry_after": 2.5}
    error: RunComfyError = SPECIAL[kind]() if kind in SPECIAL else kind("What happened", **plain)
    return error


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "copied", [lambda error: pickle.loads(pickle.dumps(error)), copy.deepcopy, copy.copy], ids=["pickle", "deepcopy", "copy"]
)
def test_a_copy_has_the_same_attributes_and_text(kind: type[RunComfyError], copied: Any) -> None:
    error = make(kind)
    error.add_note("a note")
    twin = copied(error)
    assert type(twin) is kind
    assert str(twin) == str(error)
    assert twin.args == error.args
    assert vars(twin) == vars(error)


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_a_next_step(kind: type[RunComfyError]) -> None:
    error = make(kind)
    assert len(error.next_step) > 20
    assert str(error).endswith(error.next_step)


@pytest.mark.parametrize("kind", KINDS)
def test_no_error_is_an_os_error(kind: type[RunComfyError]) -> None:
    assert not issubclass(kind, OSError)


@pytest.mark.parametrize("kind", KINDS)
def test_the_tree_in_the_docstring_is_complete(kind: type[RunComfyError]) -> None:
    assert errors.__doc__ is not None
    assert kind.__name__ in errors.__doc__


def test_the_base_classes_of_errors() -> None:
    assert issubclass(errors.MissingToken, ConfigurationError)
    assert issubclass(InvalidInput, ValueError)
    assert issubclass(RateLimited, APIError)
    assert not issubclass(SubmitUnknown, APIError)


def test_the_text_contains_all_attributes() -> None:
    text = str(make(RateLimited))
    assert all(part in text for part in ("r-1", "studio/film", "418", "418001", "2.5"))


def test_the_text_omits_the_query_of_a_signed_url() -> None:
    error = make(DownloadError)
    assert "s3cret" not in f"{error} {error!r} {vars(error)}"
    assert "https://x.example.com/a" in str(error)
