"""The API in a process of its own, and the exact record of what it accepted: which every test of a kill compares with."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast


class SimulatorProcess:
    """Talks to the simulator in the other process: a word on a line, a line of JSON back."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.base_url: str = self._read()["base_url"]

    def ask(self, word: str) -> Any:
        """Return the answer to a word.

        `calls`: how many calls there were. `record`: what was accepted, how many submits got no clear answer, and when each came.
        `held`: how many submits are held now, and how many were at most at a time. `release`: answer those that are held.
        `advance SECONDS`: move the clock of a simulator whose clock stands still.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@contextmanager
def run_simulator(
    *faults: str,
    seconds_running: float = 0.05,
    seed: int = 1,
    hold: bool = False,
    stand_still: bool = False,
    usd_per_second: Mapping[str, float] | None = None,
) -> Iterator[SimulatorProcess]:
    """Start a simulator with these faults, in the syntax of its command line.

    Args:
        faults: what goes wrong.
        seconds_running: how long a job takes.
        seed: of the faults that strike at random.
        hold: instead of its time, a delay lasts until `release`.
        stand_still: the clock by which jobs run stands still until `advance`.
        usd_per_second: what jobs cost, by model; there are no other models then.
    """
    options = {"seconds_running": seconds_running, "seed": seed, "hold": hold, "stand_still": stand_still}
    words = [sys.executable, __file__, json.dumps({**options, "usd_per_second": usd_per_second}), *faults]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield SimulatorProcess(process)
        finally:
            process.kill()


class Hold:
    """Called for each delay: it lasts until `release`. `now`: how many last; `most`: how many did at a time."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._released = 0
        self._changed = threading.Condition()

    def __call__(self, _seconds: float) -> None:
        with self._changed:
            self.now += 1
            self.most = max(self.most, self.now)
            before = self._released
            self._changed.wait_for(lambda: self._released > before)

    def release(self) -> None:
        """End those that last now."""
        with self._changed:
            self.now, self._released = 0, self._released + 1
            self._changed.notify_all()


def main() -> None:
    """Serve until the other end hangs up."""
    from runcomfy_client.catalog import document_of
    from runcomfy_client.simulator import ManualClock, Simulator, read_fault

    options, faults = json.loads(sys.argv[1]), sys.argv[2:]
    prices: dict[str, float] = options["usd_per_second"] or {}
    models = [{**document_of(name).raw, "price_table": {"unit": "second", "usd": usd}} for name, usd in prices.items()]
    hold, clock = Hold(), ManualClock() if options["stand_still"] else time.time
    simulator = Simulator(
        models or None,
        seconds_in_queue=0,
        seconds_running=options["seconds_running"],
        seed=options["seed"],
        faults=[read_fault(text) for text in faults],
        clock=clock,
        sleep=hold if options["hold"] else None,
    )
    with simulator.serve() as server:
        print(json.dumps({"base_url": server.base_url}), flush=True)
        for line in sys.stdin:
            print(json.dumps(_answer(simulator, hold, clock, *line.split())), flush=True)


def _answer(simulator: Any, hold: Hold, clock: Any, word: str, *values: str) -> Any:
    match word:
        case "calls":
            return len(simulator.calls)
        case "held":
            return {"now": hold.now, "most": hold.most}
        case "release":
            return hold.release()
        case "advance":
            clock.sleep(float(values[0]))
            return None
    submits = [call for call in simulator.calls if call.point == "submit"]
    return {
        "accepted": [[job.request_id, cast(str, job.inputs["prompt"])] for job in simulator.accepted],
        "submits": len(submits),
        "submitted_at": [call.at for call in submits],
        "ambiguous": sum(call.status is None or call.status >= 500 for call in submits),
    }


if __name__ == "__main__":
    main()
