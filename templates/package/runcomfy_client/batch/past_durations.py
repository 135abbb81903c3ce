"""The durations of earlier jobs in a ledger. A resumed batch first polls the jobs that have most likely ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from runcomfy_client._core.flows.durations import Durations
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch.ledger import Ledger
from runcomfy_client.batch.records import Row
from runcomfy_client.batch.states import Stage
from runcomfy_client.job import AsyncJob

_PAST: Final = """
SELECT jobs.model, began.at, ended.at FROM events AS ended
JOIN events AS began ON began.key = ended.key AND began.attempt = ended.attempt AND began.stage = 'running'
JOIN jobs ON jobs.key = ended.key
WHERE ended.stage = 'succeeded' AND ended.was = 'running' AND ended.number > (SELECT max(number) - 20000 FROM events)
ORDER BY ended.number
"""
_UNFINISHED: Final = "SELECT key, model, changed_at FROM jobs WHERE stage IN ('submitted', 'running') ORDER BY position"


def learn_durations(ledger: Ledger, durations: Durations) -> None:
    """Add the durations of the latest jobs in a ledger to `durations`."""
    for model_id, began, ended in ledger.query(_PAST):
        seconds = _timestamp(ended) - _timestamp(began)
        durations.add(model_id, seconds, seconds)


def rows_by_likely_end(ledger: Ledger, durations: Durations) -> Iterator[Row]:
    """Yield the rows of submitted and running jobs, those that most likely ended first at the beginning."""
    ends = []
    for key, model_id, changed_at in ledger.query(_UNFINISHED):
        expected = durations.expected_range(model_id)
        ends.append((_timestamp(changed_at) + (expected[0] if expected else 0.0), key))
    for _end, key in sorted(ends, key=lambda item: item[0]):
        row = ledger.row(key)
        if row is not None:
            yield row


def resume_job(client: AsyncRunComfy, row: Row) -> AsyncJob[Any]:
    """Return the job of a row that was submitted in an earlier run, with the time since which it has been in its state."""
    assert row.request_id is not None
    job = client.job(row.request_id)
    if row.stage in (Stage.SUBMITTED, Stage.RUNNING):
        age = max(0.0, datetime.now(UTC).timestamp() - _timestamp(row.changed_at))
        job._state.resume(row.model, client._session.clock.now() - age, is_running=row.stage is Stage.RUNNING)
    return job


def _timestamp(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
