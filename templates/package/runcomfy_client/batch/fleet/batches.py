"""The batches of a shared ledger, as workers see them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from runcomfy_client.batch.errors import BatchError
from runcomfy_client.batch.fleet.records import NOT_LOST, WAKE, lock_batch
from runcomfy_client.batch.sql import Flow
from runcomfy_client.batch.transitions import to_database_text

_OPEN: Final = f"""
SELECT name, place, save, server, account, salt, paused, halted, account_problem, cancelled,
    EXISTS (SELECT 1 FROM jobs WHERE batch = name AND stage = 'planned'),
    EXISTS (SELECT 1 FROM jobs WHERE batch = name AND {NOT_LOST}
        AND stage IN ('submitting', 'submitted', 'running', 'succeeded') AND (save OR stage <> 'succeeded'))
FROM batches {{}} ORDER BY created_at, name
"""
_HALT: Final = """
UPDATE batches SET halted = :why, account_problem = :account_problem WHERE name = :batch AND halted IS NULL
"""
_BIND: Final = "UPDATE batches SET server = :server, account = :account WHERE name = :batch"
_RETRY_ENDED: Final = f"""
UPDATE batches SET retrying = FALSE WHERE retrying AND name = :batch AND NOT EXISTS (
    SELECT 1 FROM jobs WHERE batch = name AND {NOT_LOST} AND stage IN ('planned', 'submitting', 'submitted', 'running'))
"""


@dataclass(frozen=True, slots=True)
class SharedBatchState:
    """The state of a batch. `has_planned`: some jobs are planned. `has_open`: some jobs are submitted and have not ended."""

    name: str
    place: str
    save: bool
    server: str | None
    account: str | None
    salt: str
    paused: bool
    halted: str | None
    account_problem: bool
    cancelled: bool
    has_planned: bool
    has_open: bool

    @property
    def may_submit(self) -> bool:
        """Whether there are planned jobs, and the batch is not paused, halted or cancelled."""
        return self.has_planned and not (self.paused or self.halted or self.cancelled)

    @property
    def is_open(self) -> bool:
        """Whether workers have something to do, now or, if the batch is paused, later."""
        return self.has_open or (self.has_planned and not (self.halted or self.cancelled))


def find_batches(names: Sequence[str] | None, *, external: bool = False) -> Flow[list[SharedBatchState]]:
    """Return the batches with these names, or all that workers process; with `external`, also those of `pay_once`."""
    where = f"WHERE {'TRUE' if external else 'NOT external'}" + ("" if names is None else " AND name = ANY(:names)")
    found = yield _OPEN.format(where), {"names": list(names or ())}
    return [SharedBatchState(*record) for record in found]


def account_of(salt: str, token: str) -> str:
    """Return a salted hash of the token, which identifies the account without revealing the token."""
    return hashlib.sha256(f"{salt}\n{token}".encode()).hexdigest()[:32]


def bind(batch: str, server: str, token: str) -> Flow[str | None]:
    """Bind a batch to the server and the account of its first run. Return why another run does not match them; None if it does."""
    yield from lock_batch(batch)
    found: list[tuple[Any, ...]] = yield "SELECT server, account, salt FROM batches WHERE name = :batch", {"batch": batch}
    if not found:
        return f"There is no batch {batch!r}"
    known_server, known_account, salt = found[0]
    account = account_of(salt, token)
    if known_server is None:
        yield _BIND, {"batch": batch, "server": server, "account": account}
        return None
    if known_server != server:
        return f"The batch {batch!r} runs at {known_server}, and this is {server}"
    if known_account != account:
        return f"The batch {batch!r} belongs to another account, or the token of the account was replaced"
    return None


def rebind(batch: str, token: str) -> Flow[None]:
    """Bind a batch to a new token of the same account."""
    yield from lock_batch(batch)
    found = yield "SELECT salt FROM batches WHERE name = :batch", {"batch": batch}
    if found:
        values = {"batch": batch, "account": account_of(found[0][0], token)}
        yield "UPDATE batches SET account = :account WHERE name = :batch AND server IS NOT NULL", values


def halt(batch: str, why: str, *, account_problem: bool) -> Flow[None]:
    """Halt a batch: no further submits until a person resumes it."""
    yield _HALT, {"batch": batch, "why": to_database_text(why), "account_problem": account_problem}
    yield WAKE, {}


def end_retry(batch: str) -> Flow[None]:
    """Allow another retry if all jobs of a batch have ended."""
    yield _RETRY_ENDED, {"batch": batch}


def wrong_account(message: str) -> BatchError:
    """Return the error of a worker that may not work on a batch."""
    step = (
        "Set RUNCOMFY_BASE_URL and the token to those of the batch; if its token was replaced, run "
        "`runcomfy-py batch resume NAME --new-token`. Nothing was sent."
    )
    return BatchError(message, next_step=step)
