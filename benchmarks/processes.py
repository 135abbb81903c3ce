"""Processes that are measured."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Sequence


def as_installed(**more: str) -> dict[str, str]:
    """Return this process's environment and `more`, where Python keeps compiled modules: those of an installed package are kept."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **more}


def cpu_of_python(words: Sequence[str], *, check: bool = True, **environment: str) -> float:
    """Return the CPU seconds of a Python process; other processes disturb them less than they disturb its wall time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], env=as_installed(**environment), capture_output=True, check=check)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
