"""`--simulate`: the embedded simulator in place of the API. Its jobs are remembered for a day, so that later commands know them.

What is remembered is the list of accepted submits and cancels, in a file of the user's own. A new process makes these calls again,
at the times they were made, on a simulator with the same seed: the ids and the states come out the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from runcomfy_client.batch.errors import BatchBusy
from runcomfy_client.batch.process_lock import ProcessLock
from runcomfy_client.simulator import SimulatedResponse, Simulator

TOKEN: Final = "simulated"
_DAY: Final = 86_400
_MAX_RECORDS: Final = 20_000
_HEADERS: Final = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


class PersistentSimulator(Simulator):
    """A simulator that goes on where the one of the last process stopped."""

    def __init__(self, journal: Path) -> None:
        self._at: float | None = None
        super().__init__(clock=lambda: time.time() if self._at is None else self._at)
        self._journal = journal
        self._recording = False
        records = _read_journal(journal)
        if not all(map(self._replay, records)):
            # other models than then: the ids would come out differently
            journal.unlink()
            super().__init__(clock=time.time)
        self._recording = True

    def handle(self, method: str, url: str, **rest: Any) -> SimulatedResponse:
        """Answer a call, and remember it when it changed something."""
        answer = super().handle(method, url, **rest)
        if self._recording and method == "POST" and answer.status in (200, 202):
            path = "/v1/" + url.partition("/v1/")[2]
            record = {
                "at": time.time(),
                "path": path,
                "body": rest.get("body", b"").decode(),
                "id": answer.json().get("request_id"),
            }
            with self._journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
        return answer

    def _replay(self, record: dict[str, Any]) -> bool:
        self._at = record["at"]
        try:
            answer = super().handle("POST", record["path"], headers=_HEADERS, body=record["body"].encode())
        finally:
            self._at = None
        return answer.status in (200, 202) and answer.json().get("request_id") == record["id"]


def _read_journal(journal: Path) -> list[dict[str, Any]]:
    """Read the journal; one that is old, long or torn is discarded."""
    try:
        if time.time() - journal.stat().st_mtime < _DAY:
            records = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
            if len(records) < _MAX_RECORDS:
                return records
        journal.unlink()
    except FileNotFoundError:
        pass
    except ValueError:
        journal.unlink()
    return []


@contextmanager
def open_simulator(folder: Path | None = None) -> Iterator[Simulator]:
    """Start the simulator with the jobs of earlier commands, or of those that used the same `folder`. One process at a time.

    Raises:
        ModuleNotFoundError: jsonschema is not installed.
        BatchBusy: another command is simulating.
    """
    folder = folder or Path(click.get_app_dir("runcomfy-py"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = ProcessLock(folder / "simulated.lock", what="it")
    except BatchBusy:
        step = "Wait for it; or run `runcomfy-py simulate` in a shell of its own, which serves many at a time."
        raise BatchBusy("Another command is using --simulate at this moment", next_step=step) from None
    with lock, PersistentSimulator(folder / "simulated.jsonl") as simulated:
        yield simulated
