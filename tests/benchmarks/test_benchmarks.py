"""The benchmarks without further dependencies run, on a small scale. Their results are not checked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["generator", "--models", "2", "--rounds", "1"], "build, one schema changed"),
        (["generator", "--sizes", "2"], "peak MiB"),
        (["polling", "--quick"], "a job of 20 s"),
        (["cli", "--rounds", "1"], "--version"),
        (["batch", "--jobs", "22", "--rounds", "1"], "a batch / httpx by hand"),
        (["imports", "--models", "2", "--rounds", "1"], "the first request built"),
    ],
)
def test_a_benchmark_runs(words: list[str], expected: str) -> None:
    ran = subprocess.run([sys.executable, "-m", "benchmarks", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert expected in ran.stdout and "Traceback" not in ran.stderr, ran.stderr
