"""The command `files`: what this tool has uploaded to the bucket of `RUNCOMFY_MEDIA`, listed and removed."""

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


class _Age(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click alone
    """A time such as `90m`, `12h`, `7d` or `2w`."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read a time.

        Raises:
            BadParameter: it is none.
        """
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,5})([mhdw])", str(value))
        if not found:
            self.fail(f"{value!r} is not an age such as 90m, 12h, 7d or 2w.", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


@shared_options
@click.group(
    cls=ToolGroup,
    help="""List and remove what was uploaded to your bucket.

    The bucket is that of RUNCOMFY_MEDIA. Only files that this tool has put there are looked at: those under its prefix whose name
    is a digest.
    """,
)
def files() -> None:
    """List and remove what was uploaded to your bucket."""


@files.command("ls", cls=ToolCommand, help="List the files, the oldest first: time of the upload in UTC, size in bytes, name.")
@shared_options
@click.pass_context
def ls_command(context: click.Context) -> None:
    """List the files, the oldest first: time of the upload in UTC, size in bytes, name."""
    console = console_of(context)
    found = asyncio.run(_listed(_bucket(), None))
    if console.json:
        shown = [{"name": one.key, "bytes": one.size, "uploaded_at": f"{one.modified:%Y-%m-%dT%H:%M:%SZ}"} for one in found]
        console.emit_json({"files": shown})
        return
    for one in found:
        console.line(f"{one.modified:%Y-%m-%d %H:%M}  {one.size:>12,}  {one.key}")
    console.info(f"{_count(found)}, {sum(one.size for one in found):,} bytes", style="dim")


@files.command(
    "rm",
    cls=ToolCommand,
    help="""Remove files that were uploaded longer ago than AGE.

    Jobs that are queued or running still need theirs: an AGE of a day is safe for most.
    """,
)
@click.option("--older-than", type=_Age(), required=True, metavar="AGE", help="Remove files uploaded longer ago: 90m, 12h, 7d, 2w.")
@shared_options
@click.pass_context
def rm_command(context: click.Context, older_than: timedelta) -> None:
    """Remove files that were uploaded longer ago than AGE."""
    console = console_of(context)
    removed = asyncio.run(_remove(_bucket(), older_than))
    if console.json:
        console.emit_json({"removed": [one.key for one in removed]})
    else:
        console.line(f"removed {_count(removed)}, {sum(one.size for one in removed):,} bytes")


def _bucket() -> BucketHost:
    url = os.environ.get(VARIABLE)
    if not url:
        step = f"Set {VARIABLE} to your bucket, such as s3://bucket/prefix."
        raise ConfigurationError(f"{VARIABLE} is not set, so there is no bucket to look into", next_step=step)
    from runcomfy_client.files.bucket import BucketHost

    return BucketHost(url)


async def _listed(bucket: BucketHost, before: datetime | None) -> list[StoredFile]:
    try:
        found = [one async for one in bucket.list() if before is None or one.modified < before]
    except MediaHostError as error:
        raise _unusable(error) from None
    return sorted(found, key=lambda one: (one.modified, one.key))


async def _remove(bucket: BucketHost, older_than: timedelta) -> list[StoredFile]:
    found = await _listed(bucket, datetime.now(UTC) - older_than)
    try:
        for one in found:
            await bucket.delete(one)
    except MediaHostError as error:
        raise _unusable(error) from None
    return found


def _unusable(error: MediaHostError) -> ConfigurationError:
    step = (error.next_step or "Check the network, and try again.").replace(" Nothing was submitted.", "")
    return ConfigurationError(f"The bucket cannot be used: {error.why}", next_step=step)


def _count(found: list[StoredFile]) -> str:
    return "1 file" if len(found) == 1 else f"{len(found):,} files"
