"""Jobs from files: JSON lines or CSV. Every line is checked against its model; what is wrong is told by line number."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from runcomfy_client._core.value_parsing import read_value, strict_json
from runcomfy_client.batch.errors import InvalidJobs, LineProblem
from runcomfy_client.batch.plan import BatchJob
from runcomfy_client.catalog import document_of, request
from runcomfy_client.errors import InvalidInput, UnknownModel
from runcomfy_client.schema.local_file import paths_as_text

_FIELDS: Final = ("model", "inputs", "key")
_MAX_PROBLEMS: Final = 1000

_properties = lru_cache(maxsize=256)(lambda model_id: document_of(model_id).properties)


def read_jobs(path: str | Path, *, model: str | None = None) -> Iterator[BatchJob]:
    """Yield the jobs of a file, each checked. It is read as CSV when its name ends in `.csv`, else as JSON lines.

    A line of JSON is `{"model": ..., "inputs": {...}, "key": ...}`; the key may be left out, and so may the model where `model`
    is given.
    A media input may be the path of a local file; a relative one counts from the folder of the file of jobs.
    A CSV file has a header with `model`, `key` and the names of inputs; an empty cell is an input that is not given.

    Raises:
        InvalidJobs: at the end, with all that is wrong in the whole file.
        OSError: the file cannot be read.
    """
    path = Path(path)
    with path.open("rb") as file:
        lines = _decoded(file)
        records = _csv(lines) if path.suffix.lower() == ".csv" else _json_lines(lines)
        yield from check_records(records, model=model, folder=path.parent)


class _NotUtf8(Exception):
    """A line is no text."""

    def __init__(self, line: int) -> None:
        self.line = line


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise _NotUtf8(number) from None


def check_records(
    records: Iterable[tuple[int, Mapping[str, Any] | str]], *, model: str | None = None, folder: Path | None = None
) -> Iterator[BatchJob]:
    """Turn numbered records, or what is wrong with them, into jobs.

    Raises:
        InvalidJobs: at the end, with all that is wrong.
    """
    problems: list[LineProblem] = []
    count = total = 0
    numbered = iter(records)
    while True:
        try:
            line, record = next(numbered)
        except StopIteration:
            break
        except _NotUtf8 as error:
            problems.append(LineProblem(error.line, "from here on the file is not UTF-8 text"))
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
        problems.append(LineProblem(1, "there is no job in it"))
        total = 1
    if problems:
        raise InvalidJobs(problems, total=total)


def _job(line: int, record: Mapping[str, Any] | str, model: str | None, folder: Path | None) -> BatchJob:
    if isinstance(record, str):
        raise ValueError(record)
    unknown = [name for name in record if name not in _FIELDS]
    if unknown:
        raise ValueError(f"unknown member {unknown[0][:60]!r}; a job has {', '.join(_FIELDS)}")
    model_id, inputs, key = record.get("model", model), record.get("inputs", {}), record.get("key")
    if not isinstance(model_id, str) or not model_id:
        raise ValueError('"model" is missing: the id of the model')
    if not isinstance(inputs, dict):
        raise ValueError('"inputs" must be an object')
    if isinstance(inputs, _CsvInputs):
        inputs = inputs.values_for(model_id)
    if key is not None and not isinstance(key, str):
        raise ValueError('"key" must be text')
    try:
        with nullcontext() if folder is None else paths_as_text(folder):
            return BatchJob(request(model_id, **inputs), key=key, line=line)
    except InvalidInput as error:
        raise ValueError("; ".join(map(str, error.problems))) from None
    except UnknownModel as error:
        raise ValueError(f"{error.message} (model {model_id[:100]})") from None


def _json_lines(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = strict_json(line)
        except ValueError as error:
            yield number, f"this is not JSON: {error}"
            continue
        yield number, record if isinstance(record, dict) else "a job is a JSON object"


def _csv(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    reader = csv.reader(lines, strict=True)
    try:
        header = next(reader, [])
        repeated = sorted({name for name in header if header.count(name) > 1})
        if repeated:
            yield 1, f"the column {repeated[0]!r} stands twice in the header"
            return
        for cells in reader:
            if cells:
                yield reader.line_num, _record(header, cells)
    except csv.Error as error:
        yield reader.line_num, f"this is not CSV: {error}"


def _record(header: list[str], cells: list[str]) -> Mapping[str, Any] | str:
    if len(cells) > len(header):
        return f"{len(cells)} cells, but the header names {len(header)}"
    given = {name: cell for name, cell in zip(header, cells, strict=False) if cell}
    record: dict[str, Any] = {name: given.pop(name) for name in ("model", "key") if name in given}
    return {**record, "inputs": _CsvInputs((name.removeprefix("inputs."), cell) for name, cell in given.items())}


class _CsvInputs(dict[str, Any]):
    """The inputs of a CSV record: still text."""

    def values_for(self, model_id: str) -> dict[str, Any]:
        """Read the cells as the inputs of a model."""
        try:
            known = _properties(model_id)
        except UnknownModel:
            return dict(self)  # it is told of where the request is built
        values: dict[str, Any] = {}
        for name, cell in self.items():
            try:
                values[name] = read_value(cell, known.get(name, {"type": "string"}))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return values
