"""After a real signal at any time, the program exits within three seconds and names every accepted job."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 50


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such timers here")
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_fifty_interrupts_lose_no_job(kind: str) -> None:
    command = [sys.executable, "-m", "tests.behaviour.interrupted_program", kind, str(ROUNDS)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    rounds = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(rounds) == ROUNDS, ended.stderr[-2000:]
    assert ended.returncode == 0
    assert all(one["interrupted"] for one in rounds)
    assert [one for one in rounds if one["lost"]] == []
    assert max(one["seconds"] for one in rounds) < 3
    assert sum(one["accepted"] for one in rounds) > ROUNDS, "hardly any job was accepted: the rounds are too short to say anything"
    assert "never retrieved" not in ended.stderr and "destroyed" not in ended.stderr
