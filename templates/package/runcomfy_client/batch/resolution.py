"""Resolves a job whose outcome is not known, with what a person has found in the RunComfy account."""

from __future__ import annotations

from runcomfy_client._core.protocol.urls import request_path
from runcomfy_client.batch.errors import BatchError
from runcomfy_client.batch.ledger import Ledger
from runcomfy_client.batch.states import Stage


def resolve_job(
    ledger: Ledger, key: str, *, request_id: str | None = None, requeue: bool = False, give_up: bool = False, listed_by: str = ""
) -> None:
    """Resolve an unknown job, or one that the API does not know any more, in one of three ways.

    Args:
        ledger: the ledger.
        key: the key of the job.
        request_id: the job was accepted, with this id.
        requeue: the job was not accepted, and is planned again.
        give_up: the job is not needed any more.
        listed_by: the command that lists such jobs, for messages.

    Raises:
        BatchError: the job does not exist, or its outcome is known, or a run can still wait for it.
        InvalidInput: `request_id` is not a valid request id.
        ValueError: not exactly one of `request_id`, `requeue` and `give_up` is used.
    """
    if (request_id is not None) + requeue + give_up != 1:
        raise ValueError("use exactly one of `request_id`, `requeue` and `give_up`")
    row = ledger.row(key)
    if row is None or not (row.stage is Stage.UNKNOWN or row.is_lost):
        command = listed_by or "runcomfy-py batch report DIR --stage unknown"
        step = f"Only unknown jobs can be resolved; `{command}` lists them."
        raise BatchError(f"{key!r} is {row.stage if row else 'not in this batch'}", next_step=step)
    if request_id is not None:
        request_path(request_id, "status")
        if request_id != row.request_id and ledger.has_request_id(request_id):
            step = "Look for the request of this job in your RunComfy account, by its time and model."
            raise BatchError(f"{request_id!r} belongs to another job of this batch", next_step=step)
        ledger.transition(key, row.stage, Stage.SUBMITTED, request_id=request_id, detail="resolved: it was accepted")
    elif requeue:
        ledger.transition(key, row.stage, Stage.PLANNED, detail="resolved: it is submitted again")
    else:
        ledger.transition(key, row.stage, Stage.ABANDONED, detail="resolved: given up")
