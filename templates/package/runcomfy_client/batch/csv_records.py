"""Reads records from CSV with commas, semicolons or tabs, and with the empty rows and columns that Excel adds."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, zip_longest
from typing import Any, Final

from runcomfy_client._core.value_parsing import read_value
from runcomfy_client.catalog import document_of
from runcomfy_client.errors import UnknownModel

_DELIMITERS: Final = (",", ";", "\t")
_SEP_LINE: Final = re.compile(r"\"?sep=(.)\"?[,;\t]*\s*", re.IGNORECASE)
"""The first line of some files, which defines the delimiter for Excel."""
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")

_properties = lru_cache(maxsize=256)(lambda model_id: document_of(model_id).properties)


class CsvInputs(dict[str, Any]):
    """The inputs of a CSV record, as text."""

    def values_for(self, model_id: str) -> dict[str, Any]:
        """Parse the cells as the inputs of a model.

        Raises:
            ValueError: a cell does not have the type of its input.
        """
        try:
            known = _properties(model_id)
        except UnknownModel:
            return dict(self)  # building the request reports it
        values: dict[str, Any] = {}
        for name, cell in self.items():
            try:
                values[name] = read_value(cell, known.get(name, {"type": "string"}))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return values


def csv_records(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Yield each row with its line number, or a message about its problem. The header determines the delimiter."""
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    split = (part for line in lines for part in _LINE.findall(line))  # classic Mac OS ended lines with CR
    delimiter = None
    for before, line in enumerate(split):
        match = _SEP_LINE.fullmatch(line) if before == 0 else None
        if match:
            delimiter = match[1]
        elif line.strip(' ,;\t\r\n"'):
            yield from _rows(csv.reader(chain([line], split), delimiter=delimiter or _delimiter(line), strict=True), before)
            return


def _delimiter(header: str) -> str:
    """Return the delimiter that splits the header into the most columns."""
    return max(_DELIMITERS, key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter))))


def _rows(reader: Any, before: int) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    try:
        header = [name.strip() for name in next(reader)]
        repeated = sorted({name for name in header if name and header.count(name) > 1})
        if repeated:
            yield before + 1, f"duplicate column {repeated[0]!r} in the header"
            return
        unnamed_is_reported = False
        for cells in reader:
            line = before + reader.line_num
            if not any(map(str.strip, cells)):
                continue
            if any(map(str.strip, cells[len(header) :])):
                yield line, f"{len(cells)} cells, but the header has {len(header)}"
                continue
            unnamed = [index for index, name in enumerate(header) if not name and "".join(cells[index : index + 1]).strip()]
            if unnamed and not unnamed_is_reported:
                unnamed_is_reported = True
                cell = cells[unnamed[0]].strip()[:60]
                hint = " (pandas: to_csv(..., index=False))" if unnamed[0] == 0 else ""
                yield line, f"column {unnamed[0] + 1} has no name in the header, but contains {cell!r}; name it or delete it{hint}"
                continue
            yield line, _record(header, cells)
    except csv.Error as error:
        yield before + reader.line_num, f"this is not CSV: {error}"


def _record(header: list[str], cells: list[str]) -> Mapping[str, Any]:
    values = {name: cell for name, cell in zip_longest(header, cells, fillvalue="") if name and cell.strip()}
    record: dict[str, Any] = {name: values.pop(name) for name in ("model", "key") if name in values}
    return {**record, "inputs": CsvInputs((name.removeprefix("inputs."), cell) for name, cell in values.items())}
