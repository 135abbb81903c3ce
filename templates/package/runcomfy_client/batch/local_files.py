"""The local files of a batch. The ledger has their digests and keys, but not their links: each submit gets new ones."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client._http.event_loop import in_thread
from runcomfy_client.batch.sql import Flow
from runcomfy_client.errors import ConfigurationError, InvalidInput, Problem, UploadFailed
from runcomfy_client.files.checks import CheckedFile, UnsuitableFile, check_file
from runcomfy_client.files.prepare import local_inputs
from runcomfy_client.files.uploads import FileInput, Uploads, check_inputs, content_payload
from runcomfy_client.requests import Request
from runcomfy_client.schema.local_file import TWO_WAYS, LocalFile, local_files_in, path_of
from runcomfy_client.schema.media_fields import Place

if TYPE_CHECKING:
    from runcomfy_client.batch.ledger import Ledger

TABLE: Final = """
CREATE TABLE IF NOT EXISTS inputs (
    key TEXT NOT NULL,
    place TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    object TEXT NOT NULL,
    path TEXT NOT NULL,
    stripped INTEGER NOT NULL,
    PRIMARY KEY (key, place)
);
"""
"""The local files of jobs: the path of the input in the job's body, as JSON, the digest, the key in the bucket, and the local path.
"""

_INSERT: Final = """
INSERT INTO inputs ({batch}key, place, sha256, object, path, stripped)
VALUES ({batch_value}:key, :place, :sha256, :object, :path, :stripped)
ON CONFLICT ({batch}key, place) DO UPDATE SET sha256 = excluded.sha256, object = excluded.object, path = excluded.path,
    stripped = excluded.stripped
"""
_SELECT: Final = "SELECT place, sha256, path, stripped FROM inputs WHERE key = ? ORDER BY place"
PENDING_WITH_FILES: Final = "SELECT count(*) FROM jobs WHERE stage = 'planned' AND key IN (SELECT key FROM inputs)"


def prepare_for_ledger(request: Request[Any], known: dict[tuple[int, ...], CheckedFile]) -> tuple[PreparedRequest, list[FileInput]]:
    """Return a prepared request with digests in place of local files, and those files.

    Raises:
        InvalidInput: the request cannot be sent, or a local file is not suitable.
    """
    payload = request._checked_payload() if isinstance(request, Request) else {}
    if not any(local_files_in(payload)):
        return PreparedRequest.of(request), []
    inputs, problems = check_inputs(local_inputs(request, payload), known=known)
    if problems:
        raise InvalidInput(type(request).__name__, tuple(problems))
    return PreparedRequest.of_payload(request, content_payload(payload, inputs)), inputs


def write_inputs(key: str, inputs: Iterable[FileInput], batch: str | None = None) -> Flow[None]:
    """Write the local files of a job to the ledger. Their paths may have changed since an earlier plan."""
    for item in inputs:
        values = {"batch": batch, "key": key, "place": json.dumps(item.place), "sha256": item.digest, "object": item.key}
        path = str(item.checked.path.absolute())
        yield _INSERT, {**values, "path": path, "stripped": int(item.file.strip_metadata)}


def check_media_host(count: int, uploads: Uploads | None) -> None:
    """Check that there is a media host if jobs have local files.

    Args:
        count: the number of jobs with local files.
        uploads: the uploads of the client; None without a media host.

    Raises:
        ConfigurationError: jobs have local files, but there is no media host.
    """
    if uploads is None and count:
        jobs = "1 job has" if count == 1 else f"{count:,} jobs have"
        raise ConfigurationError(
            f"{jobs} local files, but there is no bucket to upload them to", next_step=f"{TWO_WAYS} Nothing was sent."
        )


async def upload_inputs(ledger: Ledger, uploads: Uploads, key: str, timeout: float | None) -> dict[Place, str]:
    """Upload the local files of a job, unless the bucket has them; return a new link for each input.

    Raises:
        InvalidInput: a file no longer exists, or has changed since it was planned.
        UploadFailed: a file could not be uploaded within `timeout` seconds.
    """
    links: dict[Place, str] = {}
    path = ""
    try:
        async with asyncio.timeout(timeout):
            for text, digest, path, stripped in ledger.query(_SELECT, (key,)):
                place: Place = tuple(json.loads(text))
                file = LocalFile(path, strip_metadata=bool(stripped))
                try:
                    checked = await in_thread(partial(check_file, file, known=uploads.known))
                except UnsuitableFile as error:
                    raise InvalidInput("local file", (Problem(path_of(place), str(error)),)) from None
                item = FileInput(place, file, checked)
                if item.digest != digest:
                    problem = Problem(path_of(place), f"{path} is not the file that was planned: its content has changed")
                    raise InvalidInput("local file", (problem,))
                links[place] = await uploads.link(item, timeout)
    except TimeoutError:
        raise UploadFailed(f"{path} could not be uploaded and verified within {round(timeout or 0.0, 1):g} s", path=path) from None
    return links


__all__ = ["TABLE", "check_media_host", "prepare_for_ledger", "upload_inputs", "write_inputs"]
