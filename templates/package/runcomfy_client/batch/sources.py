"""Reads jobs from JSON or CSV files. Each job is validated against its model; problems are reported by line number."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final

from runcomfy_client._core.value_parsing import UTF_16, with_exact_integers
from runcomfy_client.batch.csv_records import CsvInputs, csv_records
from runcomfy_client.batch.errors import InvalidJobs, LineProblem
from runcomfy_client.batch.json_records import json_records
from runcomfy_client.batch.plan import BatchJob
from runcomfy_client.catalog import document_of, request
from runcomfy_client.errors import InvalidInput, UnknownModel
from runcomfy_client.schema.local_file import paths_as_text

_FIELDS: Final = ("model", "inputs", "key")
_MAX_PROBLEMS: Final = 1000
_JSON_SUFFIXES: Final = (".json", ".jsonl", ".ndjson")
_CSV_SUFFIXES: Final = (".csv", ".tsv")
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""The first bytes of .xlsx, .ods and .xls files."""

_schema = lru_cache(maxsize=256)(lambda model_id: document_of(model_id).raw["input_schema"])


def read_jobs(source: str | Path | BinaryIO, *, model: str | None = None) -> Iterator[BatchJob]:
    """Yield the validated jobs of a file.

    A job in JSON is `{"model": ..., "inputs": {...}, "key": ...}`. The key is optional, and so is the model if `model` is set. The
    file has one object per line, or one list of objects.

    A CSV file has a header with `model`, `key` and the names of inputs; an empty cell is an input that is not set. Cells are
    separated by commas, semicolons or tabs, like the header; empty rows and columns are ignored.

    A media input may be the path of a local file. A relative path is resolved in the folder of the file of jobs, or in the working
    directory if `source` is an open file.

    Args:
        source: a path, or a file that is open in binary mode. It is parsed as CSV if its name ends in `.csv` or `.tsv`, as JSON if
            it ends in `.json`, `.jsonl` or `.ndjson`, and otherwise as JSON if it begins with `{` or `[`.
        model: the model of the jobs that have none.

    Raises:
        InvalidJobs: at the end, with all problems in the file.
        OSError: the file cannot be read.
    """
    if not isinstance(source, str | Path):
        yield from check_records(_records(source, ""), model=model, folder=Path.cwd())
        return
    path = Path(source)
    with path.open("rb") as file:
        yield from check_records(_records(file, path.suffix.lower()), model=model, folder=path.parent)


def _records(file: BinaryIO, suffix: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    lines = _decoded(file)
    blank: list[str] = []
    first = ""
    for first in lines:
        if first.strip():
            break
        blank.append(first)
    lines = chain(blank, [first], lines) if first.strip() else iter(blank)
    is_json = suffix in _JSON_SUFFIXES or (suffix not in _CSV_SUFFIXES and first.lstrip()[:1] in ("{", "[", ""))
    yield from json_records(lines) if is_json else csv_records(lines)


class _Undecodable(Exception):
    """The file is not text, from a line on."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def _decoded(file: BinaryIO) -> Iterator[str]:
    """Yield the lines as text: UTF-8, or UTF-16 if the file begins with its byte order mark, like files of PowerShell and Excel."""
    first = file.readline()
    if first.startswith(_WORKBOOKS):
        raise _Undecodable(1, 'this is an Excel workbook; save it as "CSV UTF-8", and pass that file')
    if first.startswith(UTF_16):
        try:
            yield from io.StringIO((first + file.read()).decode("utf-16"), newline="\n")
        except UnicodeDecodeError:
            raise _Undecodable(1, "the file has a UTF-16 byte order mark, but is not valid UTF-16") from None
        return
    for number, line in enumerate(chain([first], file) if first else (), start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise _Undecodable(number, "the file is not UTF-8 text from this line on; save it as UTF-8") from None


def check_records(
    records: Iterable[tuple[int, Mapping[str, Any] | str]], *, model: str | None = None, folder: Path | None = None
) -> Iterator[BatchJob]:
    """Convert numbered records to jobs. A record that is a string is a message about a problem.

    Raises:
        InvalidJobs: at the end, with all problems.
    """
    problems: list[LineProblem] = []
    count = total = 0
    numbered = iter(records)
    while True:
        try:
            line, record = next(numbered)
        except StopIteration:
            break
        except _Undecodable as error:
            problems.append(LineProblem(error.line, str(error)))
            count, total = error.line, total + 1
            break
        count = line
        try:
            yield _job(line, record, model, folder)
        except ValueError as error:
            total += 1
            if len(problems) < _MAX_PROBLEMS:
                problems.append(LineProblem(line, str(error)))
    if count == 0:
        problems.append(LineProblem(1, "there are no jobs"))
        total = 1
    if problems:
        raise InvalidJobs(problems, total=total)


def _job(line: int, record: Mapping[str, Any] | str, model: str | None, folder: Path | None) -> BatchJob:
    if isinstance(record, str):
        raise ValueError(record)
    unknown = [name for name in record if name not in _FIELDS]
    if unknown:
        raise ValueError(f"unknown member {unknown[0][:60]!r}; the members of a job are {', '.join(_FIELDS)}")
    model_id, inputs, key = record.get("model", model), record.get("inputs", {}), record.get("key")
    if not isinstance(model_id, str) or not model_id:
        raise ValueError("the model is missing; add its id here, or pass one for all such jobs (--model, `model=`)")
    if not isinstance(inputs, dict):
        raise ValueError('"inputs" must be an object')
    inputs = inputs.values_for(model_id) if isinstance(inputs, CsvInputs) else _whole_numbers(inputs, model_id)
    if key is not None and not isinstance(key, str):
        raise ValueError('"key" must be a string')
    try:
        with nullcontext() if folder is None else paths_as_text(folder):
            return BatchJob(request(model_id, **inputs), key=key, line=line)
    except InvalidInput as error:
        raise ValueError("; ".join(map(str, error.problems))) from None
    except UnknownModel as error:
        raise ValueError(f"{error.message} (model {model_id[:100]})") from None


def _whole_numbers(inputs: dict[str, Any], model_id: str) -> dict[str, Any]:
    try:
        exact: dict[str, Any] = with_exact_integers(inputs, _schema(model_id))
    except UnknownModel:
        return inputs  # building the request reports it
    return exact
