"""Writes a batch as a table with one line per job, as CSV or as JSON Lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from typing import IO, Any, Final, Literal

from runcomfy_client.batch.records import Row, SavedFile

COLUMNS: Final = ("key", "model", "stage", "attempt", "request_id", "cost", "error", "changed_at", "files", "inputs", "output")


def record(row: Row, files: Iterable[SavedFile]) -> dict[str, Any]:
    """Return a row as a JSON object."""
    return {
        "key": row.key,
        "model": row.model,
        "stage": row.stage.value,
        "attempt": row.attempt,
        "request_id": row.request_id,
        "cost": row.cost,
        "error": row.error,
        "changed_at": row.changed_at,
        "files": [{"path": file.path, "sha256": file.sha256, "bytes": file.bytes} for file in files],
        "inputs": json.loads(row.body),
        "output": None if row.output is None else json.loads(row.output),
    }


def write_report(rows: Iterable[tuple[Row, Iterable[SavedFile]]], target: IO[str], *, format: Literal["csv", "jsonl"]) -> int:
    """Write a report; return the number of jobs.

    In CSV, paths of files are separated by line breaks, and inputs and output are JSON. A cell that a spreadsheet would interpret
    as a formula gets the prefix `'`, and control characters are escaped.
    """
    table = csv.writer(target) if format == "csv" else None
    if table:
        table.writerow(COLUMNS)
    count = 0
    for row, files in rows:
        fields = record(row, files)
        if table:
            table.writerow([_cell(name, fields[name]) for name in COLUMNS])
        else:
            target.write(json.dumps(fields) + "\n")
        count += 1
    return count


def _cell(name: str, value: Any) -> str:
    if name == "files":
        return "\n".join(file["path"] for file in value)
    if value is None:
        return ""
    text = json.dumps(value) if name in ("inputs", "output") else str(value)
    text = "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
