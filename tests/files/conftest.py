"""Fixtures of the tests of local files: one real S3 server per test process, and a bucket per test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.files.harness import Bucket, serving

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int, Path]]:
    folder = tmp_path_factory.mktemp("s3") / "buckets"
    folder.mkdir()
    with serving(folder) as (endpoint, process):
        yield endpoint, process, folder


@pytest.fixture
def bucket(_server: tuple[str, int, Path], monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """Return an empty bucket on a real server that verifies signatures."""
    for name in ("RUNCOMFY_MEDIA", "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    endpoint, process, folder = _server
    name = f"bucket-{next(_numbers)}"
    (folder / name).mkdir()
    return Bucket(endpoint, folder, name, process)
