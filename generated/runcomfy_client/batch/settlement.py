"""Settling a job whose end is not known: a human has looked, and says what became of it."""

from __future__ import annotations

from runcomfy_client._core.protocol.urls import request_path
from runcomfy_client.batch.errors import BatchError
from runcomfy_client.batch.ledger import Ledger
from runcomfy_client.batch.states import Stage


def settle(
    ledger: Ledger, key: str, *, request_id: str | None = None, requeue: bool = False, give_up: bool = False, listed_by: str = ""
) -> None:
    """Settle an unknown job, or one that the API does not know any more, in one of three ways.

    `listed_by` is the command that lists such jobs, for the message of an error.

    Raises:
        BatchError: there is no such job, or its end is known or still to come.
        InvalidInput: that cannot be a request id.
    """
    if (request_id is not None) + requeue + give_up != 1:
        raise ValueError("say one of `request_id`, `requeue` and `give_up`")
    row = ledger.row(key)
    if row is None or not (row.stage is Stage.UNKNOWN or row.is_lost):
        command = listed_by or "runcomfy-py batch report DIR --stage unknown"
        step = f"Only an unknown job can be settled; `{command}` lists them."
        raise BatchError(f"{key!r} is {row.stage if row else 'not in this batch'}", next_step=step)
    if request_id is not None:
        request_path(request_id, "status")
        if request_id != row.request_id and ledger.has_request_id(request_id):
            step = "Look for the request that belongs to this job: by its time and its model, in your RunComfy account."
            raise BatchError(f"{request_id!r} belongs to another job of this batch", next_step=step)
        ledger.transition(key, row.stage, Stage.SUBMITTED, request_id=request_id, detail="settled: it was accepted")
    elif requeue:
        ledger.transition(key, row.stage, Stage.PLANNED, detail="settled: it is to be submitted again")
    else:
        ledger.transition(key, row.stage, Stage.ABANDONED, detail="settled: given up")
