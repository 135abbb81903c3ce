"""Fixtures of the tests of shared batches: one PostgreSQL a worker of pytest, and an empty database for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fleet.postgres import any_server, new_database


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL."""
    with any_server() as url:
        yield url


@pytest.fixture
def database(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty database, which the environment names."""
    with new_database(server) as url:
        monkeypatch.setenv("RUNCOMFY_DATABASE", url)
        yield url
