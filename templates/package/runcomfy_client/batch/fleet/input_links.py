"""Links for the local files of jobs, on machines that have access to the bucket, but need not have the files."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from runcomfy_client._http.event_loop import in_thread
from runcomfy_client.batch.fleet.shared_ledger import SharedLedger
from runcomfy_client.batch.sql import Flow, Records
from runcomfy_client.batch.states import Stage
from runcomfy_client.batch.submit import StopSubmitting, SubmitResult
from runcomfy_client.errors import InvalidInput, RunComfyError, UploadFailed
from runcomfy_client.files.bucket import BucketHost
from runcomfy_client.files.bucket_errors import MediaHostError
from runcomfy_client.files.checks import UnsuitableFile, check_file
from runcomfy_client.files.uploads import RESERVE, FileInput, Uploads
from runcomfy_client.schema.local_file import LocalFile
from runcomfy_client.schema.media_fields import Place

_INPUTS: Final = """
SELECT place, sha256, object, path, stripped FROM inputs WHERE batch = :batch AND key = :key ORDER BY place
"""
_PLANNED: Final = """
SELECT DISTINCT ON (object) place, sha256, object, path, stripped FROM inputs JOIN jobs USING (batch, key)
WHERE batch = :batch AND stage = 'planned' ORDER BY object
"""
_AT_A_TIME: Final = 4


def _read(sql: str, values: Mapping[str, object]) -> Flow[Records]:
    return (yield sql, values)


async def upload_planned(ledger: SharedLedger, uploads: Uploads, batch: str) -> None:
    """Upload the local files of all planned jobs of a batch, on the machine that has them. Existing objects are kept.

    Raises:
        InvalidInput: a file does not exist any more, or its content has changed.
        UploadFailed: a file could not be uploaded.
    """
    slots = asyncio.Semaphore(_AT_A_TIME)

    async def upload(place: str, digest: str, path: str, stripped: int) -> None:
        async with slots:
            await uploads.link(await _checked(uploads, place, digest, path, stripped), None)

    async with asyncio.TaskGroup() as group:
        for place, digest, _object, path, stripped in await ledger.run(lambda: _read(_PLANNED, {"batch": batch})):
            group.create_task(upload(place, digest, path, stripped))


async def links_of(ledger: SharedLedger, uploads: Uploads | None, batch: str, key: str) -> dict[Place, str] | SubmitResult:
    """Return new links for the local files of a job, or, if this fails, the outcome of the submit, which is not sent."""
    inputs = await ledger.run(lambda: _read(_INPUTS, {"batch": batch, "key": key}))
    if uploads is None:
        reason = "its jobs have local files, and this worker has no bucket: set RUNCOMFY_MEDIA to that of the batch"
        return SubmitResult(Stage.PLANNED, reason, stop=StopSubmitting(reason, immediate=True))
    try:
        return {
            tuple(json.loads(place)): await _link(uploads, place, digest, name, path, stripped)
            for place, digest, name, path, stripped in inputs
        }
    except InvalidInput as error:
        return SubmitResult(Stage.REFUSED, error.message)
    except UploadFailed as error:
        return SubmitResult(Stage.PLANNED, error.message, stop=StopSubmitting(error.message, immediate=error.lasting))
    except MediaHostError as error:
        return SubmitResult(Stage.PLANNED, error.reason, stop=StopSubmitting(error.reason, immediate=error.lasting))
    except RunComfyError as error:
        return SubmitResult(Stage.PLANNED, error.message, stop=StopSubmitting(error.message, immediate=True))


async def _link(uploads: Uploads, place: str, digest: str, name: str, path: str, stripped: int) -> str:
    host = await in_thread(lambda: uploads.host)
    if isinstance(host, BucketHost):
        link = await host.link(name, lifetime=RESERVE)
        if link is not None:
            return link
    if not Path(path).exists():
        raise UploadFailed(f"{path} is neither in the bucket nor on this machine: run the batch where it was planned", path=path)
    return await uploads.link(await _checked(uploads, place, digest, path, stripped), None)


async def _checked(uploads: Uploads, place: str, digest: str, path: str, stripped: int) -> FileInput:
    """Return a file of this machine, after a check.

    Raises:
        InvalidInput: it does not exist, is not suitable, or its content has changed since it was planned.
    """
    from runcomfy_client.errors import Problem
    from runcomfy_client.schema.local_file import path_of

    where: Place = tuple(json.loads(place))
    file = LocalFile(path, strip_metadata=bool(stripped))
    try:
        one = FileInput(where, file, await in_thread(partial(check_file, file, known=uploads.known)))
    except UnsuitableFile as error:
        raise InvalidInput("local file", (Problem(path_of(where), str(error)),)) from None
    if one.digest != digest:
        reason = f"{path} is not the file that was planned: its content has changed"
        raise InvalidInput("local file", (Problem(path_of(where), reason),))
    return one
