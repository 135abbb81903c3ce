"""The API in a process of its own, and the exact record of what it accepted: which every test of a kill compares with."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast


class SimulatorProcess:
    """Talks to the simulator in the other process: a word on a line, a line of JSON back."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.base_url: str = self._read()["base_url"]

    def ask(self, word: str) -> Any:
        """`calls`: how many calls there were; `record`: what was accepted, and how many submits got no clear answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@contextmanager
def run_simulator(*faults: str, seconds_running: float = 0.05, seed: int = 1) -> Iterator[SimulatorProcess]:
    """Start a simulator with these faults, in the syntax of its command line."""
    words = [sys.executable, __file__, str(seconds_running), str(seed), *faults]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield SimulatorProcess(process)
        finally:
            process.kill()


def main() -> None:
    """Serve until the other end hangs up."""
    from runcomfy_client.simulator import Simulator, read_fault

    running, seed, *faults = sys.argv[1:]
    simulator = Simulator(
        seconds_in_queue=0, seconds_running=float(running), seed=int(seed), faults=[read_fault(text) for text in faults]
    )
    with simulator.serve() as server:
        print(json.dumps({"base_url": server.base_url}), flush=True)
        for word in sys.stdin:
            print(json.dumps(_answer(simulator, word.strip())), flush=True)


def _answer(simulator: Any, word: str) -> Any:
    if word == "calls":
        return len(simulator.calls)
    submits = [call for call in simulator.calls if call.point == "submit"]
    return {
        "accepted": [[job.request_id, cast(str, job.inputs["prompt"])] for job in simulator.accepted],
        "submits": len(submits),
        "ambiguous": sum(call.status is None or call.status >= 500 for call in submits),
    }


if __name__ == "__main__":
    main()
