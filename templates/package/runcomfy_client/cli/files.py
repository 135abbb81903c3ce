"""The command `files`, which lists and removes the files that were uploaded to the bucket of `RUNCOMFY_MEDIA`."""

from __future__ import annotations

import asyncio
import os
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from runcomfy_client.cli.click_ext import ToolCommand, ToolGroup
from runcomfy_client.cli.context import console_of
from runcomfy_client.cli.options import shared_options
from runcomfy_client.errors import ConfigurationError
from runcomfy_client.files.bucket_config import VARIABLE
from runcomfy_client.files.bucket_errors import MediaHostError

if TYPE_CHECKING:
    from runcomfy_client.files.bucket import BucketHost, StoredFile

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class _Age(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """An age such as `90m`, `12h`, `7d` or `2w`."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Parse an age.

        Raises:
            BadParameter: the value is not an age.
        """
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"(\d{1,5})([mhdw])", str(value))
        if not match:
            self.fail(f"{value!r} is not an age such as 90m, 12h, 7d or 2w.", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})


@shared_options
@click.group(
    cls=ToolGroup,
    help="""List and remove the files that were uploaded to your bucket.

    The bucket is that of RUNCOMFY_MEDIA. Only files that this package has uploaded are considered: those under the prefix whose
    name is a digest.
    """,
)
def files() -> None:
    """List and remove the files that were uploaded to your bucket."""


@files.command("ls", cls=ToolCommand, help="List the files, oldest first: time of the upload in UTC, size in bytes, name.")
@shared_options
@click.pass_context
def ls_command(context: click.Context) -> None:
    """List the files, oldest first: time of the upload in UTC, size in bytes, name."""
    console = console_of(context)
    stored = asyncio.run(_list(_bucket(), None))
    if console.json:
        items = [{"name": file.key, "bytes": file.size, "uploaded_at": f"{file.modified:%Y-%m-%dT%H:%M:%SZ}"} for file in stored]
        console.emit_json({"files": items})
        return
    for file in stored:
        console.line(f"{file.modified:%Y-%m-%d %H:%M}  {file.size:>12,}  {file.key}")
    console.info(f"{_count(stored)}, {sum(file.size for file in stored):,} bytes", style="dim")


@files.command(
    "rm",
    cls=ToolCommand,
    help="""Remove the files that were uploaded longer ago than AGE.

    Jobs that are queued or running still need their files: an AGE of one day is safe for most.
    """,
)
@click.option("--older-than", type=_Age(), required=True, metavar="AGE", help="Remove files that are older: 90m, 12h, 7d, 2w.")
@shared_options
@click.pass_context
def rm_command(context: click.Context, older_than: timedelta) -> None:
    """Remove the files that were uploaded longer ago than AGE."""
    console = console_of(context)
    removed = asyncio.run(_remove(_bucket(), older_than))
    if console.json:
        console.emit_json({"removed": [file.key for file in removed]})
    else:
        console.line(f"removed {_count(removed)}, {sum(file.size for file in removed):,} bytes")


def _bucket() -> BucketHost:
    url = os.environ.get(VARIABLE)
    if not url:
        step = f"Set {VARIABLE} to your bucket, such as s3://bucket/prefix."
        raise ConfigurationError(f"{VARIABLE} is not set, so the bucket is not known", next_step=step)
    from runcomfy_client.files.bucket import BucketHost

    return BucketHost(url)


async def _list(bucket: BucketHost, before: datetime | None) -> list[StoredFile]:
    try:
        stored = [file async for file in bucket.list() if before is None or file.modified < before]
    except MediaHostError as error:
        raise _unusable(error) from None
    return sorted(stored, key=lambda file: (file.modified, file.key))


async def _remove(bucket: BucketHost, older_than: timedelta) -> list[StoredFile]:
    stored = await _list(bucket, datetime.now(UTC) - older_than)
    try:
        for file in stored:
            await bucket.delete(file)
    except MediaHostError as error:
        raise _unusable(error) from None
    return stored


def _unusable(error: MediaHostError) -> ConfigurationError:
    step = (error.next_step or "Check the network, and try again.").replace(" Nothing was submitted.", "")
    return ConfigurationError(f"The bucket cannot be used: {error.reason}", next_step=step)


def _count(stored: list[StoredFile]) -> str:
    return "1 file" if len(stored) == 1 else f"{len(stored):,} files"
