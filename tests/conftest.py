"""Options and fixtures of all tests."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("tests.hostile.module_checks")  # tests/agreement imports it too

# Tests start hundreds of programs, and each would compile every module that it imports
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# They also write and sync thousands of files, which is quicker in memory
if sys.platform == "linux" and os.access("/dev/shm", os.W_OK):
    _shm = os.statvfs("/dev/shm")
    if _shm.f_bavail * _shm.f_frsize > 4 * 2**30 and not _shm.f_flag & os.ST_NOEXEC:  # in a container, it is often small
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell starts background commands so; tests press Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("project", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="take over what the generator makes now as what it shall make")


def pytest_xdist_auto_num_workers() -> int:
    """Use two processes more than there are cores, since many tests wait for a server, a signal or a program."""
    return (os.cpu_count() or 1) + 2


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect the tests without the garbage collector, which then leaves out what stays of that, and looks at the rest less often.

    It would take a fifth of the CPU of collecting the tests, and a fifteenth of that of running them.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(5_000, 20, 20)
        gc.enable()


@pytest.fixture
def accept(request: pytest.FixtureRequest) -> bool:
    """Return True if snapshots are to be updated."""
    return bool(request.config.getoption("--accept"))
