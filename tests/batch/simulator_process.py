"""The API in a process of its own, and the exact record of what it accepted: which every test of a kill compares with."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, cast

from tests.programs import PROCESSES


class SimulatorProcess:
    """Talks to the simulator in the other process: a word, and the answer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.base_url: str = connection.recv()

    def ask(self, word: str) -> Any:
        """Return the answer to a word.

        `calls`: how many calls there were. `record`: what was accepted, how many submits got no clear answer, and when each came.
        `held`: how many submits are held now, and how many were at most at a time. `release`: answer those that are held.
        `advance SECONDS`: move the clock of a simulator whose clock stands still.
        """
        self._connection.send(word)
        return self._connection.recv()


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
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=serve, args=(theirs, faults, {**options, "usd_per_second": usd_per_second}))
    process.start()
    theirs.close()
    try:
        yield SimulatorProcess(ours)
    finally:
        process.kill()
        process.join()
        ours.close()


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


def serve(connection: Connection, faults: Sequence[str], options: Mapping[str, Any]) -> None:
    """Serve until the other end hangs up."""
    from runcomfy_client.catalog import document_of
    from runcomfy_client.simulator import ManualClock, Simulator, read_fault

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
    with simulator.serve() as server, suppress(EOFError):
        connection.send(server.base_url)
        while True:
            connection.send(_answer(simulator, hold, clock, *connection.recv().split()))


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
