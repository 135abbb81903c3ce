"""Seeded runs of a random agent that repeats calls, makes errors and stops waiting, while its server is killed and the API fails.

In every case, a quote is at most one paid job, every accepted id is in the ledger, and the budget is respected.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client.batch import Stage
from runcomfy_client.mcp.server import AgentServer
from runcomfy_client.quotes.book import Quote, QuoteBook, read_quotes
from runcomfy_client.quotes.budget import Budget
from runcomfy_client.simulator import Delay, Drop, Fault, Garbage, HalfBody, JobFails, Reply, Simulator, Unreachable

from tests.mcp.harness import ERAS, GOOD, KLING, agree, connected_client, decline, running_server, submits

RUNS = 200
GROUPS = 20
LOST = (Drop(accepted=True), Drop(accepted=False), HalfBody(), Garbage(), Reply(500))
REFUSED = (Reply(422), Reply(429), Reply(401), Unreachable())


class AgentRun:
    """One run of the agent: its calls and the responses."""

    def __init__(self, seed: int, out: Path) -> None:
        self.random = random.Random(seed)
        self.out = out
        self.max_submits = self.random.randrange(1, 6)
        faults = [Fault("submit", effect, times=None, probability=0.03) for effect in (*LOST, *REFUSED, JobFails(), Delay(0.01))]
        faults += [
            Fault("status", Reply(503), times=None, probability=0.1),
            Fault("result", Drop(True), times=None, probability=0.05),
        ]
        self.simulator = Simulator(seconds_in_queue=0, seconds_running=0, seed=seed, faults=faults, sleep=None)
        self.person = self.random.choice((None, None, agree, agree, agree, decline))
        self.quotes: list[str] = []
        self.requests: set[str] = set()
        self.confirmed: set[str] = set()
        self.killed = 0

    async def play(self) -> None:
        """Run the agent until it stops, over several restarts of the server."""
        for _life in range(self.random.randrange(1, 5)):
            async with running_server(self.simulator, self.out, Budget(max_submits=self.max_submits)) as server:
                with suppress(ConnectionError):
                    async with connected_client(server, self.random.choice(ERAS), self.person) as call:
                        for _step in range(self.random.randrange(1, 12)):
                            await self.step(call)
                if self.random.random() < 0.25:
                    await self.kill(server)

    async def step(self, call: Any) -> None:
        """Make a call, once or three times, and wait for the response or not."""
        name, arguments = self.choose()
        times = self.random.choice((1, 1, 3))
        calls = [asyncio.create_task(call(name, **arguments)) for _ in range(times)]
        if self.random.random() < 0.2:  # it abandons the calls at a random time
            for _ in range(self.random.randrange(60)):
                await asyncio.sleep(0)
            for one in calls:
                one.cancel()
        for response in await asyncio.gather(*calls, return_exceptions=True):
            if isinstance(response, dict):
                self.note(response)

    def choose(self) -> tuple[str, dict[str, Any]]:
        """Choose a random call."""
        kind = self.random.randrange(10)
        if kind < 3 or not self.quotes:
            wrong = {"duration": 99} if self.random.random() < 0.2 else {}
            return "quote", {"model": KLING, "inputs": {**GOOD, "prompt": f"p{self.random.randrange(8)}", **wrong}}
        quote_id = self.random.choice(self.quotes) if self.random.random() < 0.95 else "q_nothing"
        if kind < 7:
            confirm = self.random.random() < 0.6
            if (self.person is agree) or (self.person is None and confirm):
                self.confirmed.add(quote_id)
            return "submit", {"quote_id": quote_id, "confirm": confirm}
        known = self.random.choice(sorted(self.requests) or [quote_id])
        return self.random.choice(("job", "save", "cancel")), {"request_id": known}

    def note(self, response: dict[str, Any]) -> None:
        """Record the response to the agent."""
        if response.get("quote_id") and response["quote_id"] not in self.quotes:
            self.quotes.append(response["quote_id"])
        if response.get("request_id"):
            self.requests.add(response["request_id"])

    async def kill(self, server: AgentServer) -> None:
        """End the server like SIGKILL: nothing more is written, and its lock is released."""
        agent = server.app
        if agent.submitter._tasks:
            self.killed += len(agent.submitter._tasks)
        agent.book.ledger._database.close()
        agent.book._lock.release()
        for task in list(agent.submitter._tasks.values()):
            task.cancel()
        with suppress(Exception):
            await server.close()

    def check_promises(self) -> None:
        """Check the promises after the run."""
        QuoteBook(self.out, server_url=self.simulator.base_url).close()  # a new server resolves interrupted submits
        rows = read_quotes(self.out)
        accepted = self.simulator.accepted
        by_body = Counter(job.body_sha256 for job in accepted)
        billable = [one for one in rows if one.row.stage not in (Stage.PLANNED, Stage.REFUSED)]
        for digest, count in by_body.items():  # a quote is one paid job at most
            assert count <= sum(one.row.body_sha256 == digest for one in billable)
        known = {one.row.request_id for one in rows}
        unknown = Counter(one.row.body_sha256 for one in rows if one.row.stage is Stage.UNKNOWN)
        unwritten = Counter(job.body_sha256 for job in accepted if job.request_id not in known)
        assert not unwritten - unknown  # a job whose id was lost has an unknown row
        assert len(accepted) <= self.max_submits and len(billable) <= self.max_submits
        assert {one.key for one in billable} <= self.confirmed
        assert not any(one.row.stage is Stage.SUBMITTING for one in rows)
        self.check_calls(rows)

    def check_calls(self, rows: list[Quote]) -> None:
        """Check that every POST belongs to an attempt in the ledger, and that only certainly unaccepted ones were repeated."""
        sent = submits(self.simulator)
        refusals = sum(call.point == "submit" and call.status in (401, 422, 429) for call in self.simulator.calls)
        unanswered = sum(call.point == "submit" and call.status is None for call in self.simulator.calls)
        billable = sum(one.row.stage not in (Stage.PLANNED, Stage.REFUSED) for one in rows)
        assert sent - refusals - unanswered <= billable <= sent


@pytest.fixture(autouse=True)
def without_output_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable the client's validation of structured results, which takes two thirds of the time; other tests cover it."""

    async def skip_validation(*_arguments: Any) -> None:
        return None

    monkeypatch.setattr("mcp.client.session.ClientSession.validate_tool_result", skip_validation)


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_random_agent_pays_for_a_quote_once(group: int, tmp_path: Path) -> None:
    played: list[AgentRun] = []
    for seed in range(group * RUNS // GROUPS, (group + 1) * RUNS // GROUPS):
        run = AgentRun(seed, tmp_path / str(seed))
        asyncio.run(run.play())
        run.check_promises()
        played.append(run)
    assert sum(len(run.simulator.accepted) for run in played) > 0
