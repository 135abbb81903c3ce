"""The embedded simulator that `--simulate` uses. Its jobs are kept for a day, so that later commands can refer to them.

A file in the user's application folder lists the accepted submits and cancels. A new process replays them at their original times
on a simulator with the same seed, so that ids and states are the same.
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
    """A simulator that restores the jobs of earlier processes."""

    def __init__(self, journal: Path) -> None:
        self._replayed_time: float | None = None
        super().__init__(clock=lambda: time.time() if self._replayed_time is None else self._replayed_time)
        self._journal = journal
        self._recording = False
        records = _read_journal(journal)
        if not all(map(self._replay, records)):
            # the models have changed, so the ids would be different
            journal.unlink()
            super().__init__(clock=time.time)
        self._recording = True

    def handle(self, method: str, url: str, **rest: Any) -> SimulatedResponse:
        """Respond to a call, and record it if it changed the state of a job."""
        response = super().handle(method, url, **rest)
        if self._recording and method == "POST" and response.status in (200, 202):
            path = "/v1/" + url.partition("/v1/")[2]
            record = {
                "at": time.time(),
                "path": path,
                "body": rest.get("body", b"").decode(),
                "id": response.json().get("request_id"),
            }
            with self._journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
        return response

    def _replay(self, record: dict[str, Any]) -> bool:
        self._replayed_time = record["at"]
        try:
            response = super().handle("POST", record["path"], headers=_HEADERS, body=record["body"].encode())
        finally:
            self._replayed_time = None
        return response.status in (200, 202) and response.json().get("request_id") == record["id"]


def _read_journal(journal: Path) -> list[dict[str, Any]]:
    """Return the records of the journal. Delete a journal that is more than a day old, too long, or damaged."""
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
    """Start the simulator with the jobs of earlier commands that used the same folder. Only one process can use a folder.

    Args:
        folder: the folder of the journal; by default, the user's application folder.

    Raises:
        ModuleNotFoundError: jsonschema is not installed.
        BatchBusy: another command is using the folder.
    """
    folder = folder or Path(click.get_app_dir("runcomfy-py"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = ProcessLock(folder / "simulated.lock", what="it")
    except BatchBusy:
        step = "Wait for it, or run `runcomfy-py simulate` in another shell, which serves several commands at a time."
        raise BatchBusy("Another command is using --simulate", next_step=step) from None
    with lock, PersistentSimulator(folder / "simulated.jsonl") as simulated:
        yield simulated
