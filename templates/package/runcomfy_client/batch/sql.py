"""SQL for two databases. Differences between SQLite and PostgreSQL are placeholders in braces, see `Dialect`.

Changes of the ledger are flows: generators that yield statements and receive their records. So the same code works with `sqlite3`,
with a blocking connection to PostgreSQL, and with an asyncio connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias, TypeVar

ResultT = TypeVar("ResultT")
Records: TypeAlias = list[tuple[Any, ...]]
Statement: TypeAlias = tuple[str, Mapping[str, object] | Sequence[Mapping[str, object]]]
"""SQL with `:name` placeholders, and the values; or a list of values, to execute it for each."""
Flow: TypeAlias = Generator[Statement, Records, ResultT]


@dataclass(frozen=True, slots=True)
class Dialect:
    """The placeholders of one database.

    Attributes:
        now: the time of the database in UTC, as text.
        batch: the column of the batch, for lists of columns. A SQLite file contains only one batch.
        batch_value: the value of that column.
        in_batch: the condition on that column.
    """

    now: str
    batch: str
    batch_value: str
    in_batch: str


SQLITE: Final = Dialect(
    now="strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')",
    batch="",
    batch_value="",
    in_batch="",
)
POSTGRESQL: Final = Dialect(
    now="""to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"')""",
    batch="batch, ",
    batch_value=":batch, ",
    in_batch="batch = :batch AND ",
)


@lru_cache(maxsize=256)
def render(sql: str, dialect: Dialect) -> str:
    """Return SQL with the placeholders of a dialect."""
    return sql.format_map(asdict(dialect)) if "{" in sql else sql


def run_sqlite(database: sqlite3.Connection, flow: Flow[ResultT]) -> ResultT:
    """Perform a flow on SQLite, within the open transaction, and return its result."""
    try:
        sql, values = next(flow)
        while True:
            text = render(sql, SQLITE)
            if isinstance(values, Mapping):
                records = database.execute(text, dict(values)).fetchall()
            else:
                records = database.executemany(text, list(values)).fetchall()
            sql, values = flow.send(records)
    except StopIteration as end:
        result: ResultT = end.value
        return result
    finally:
        flow.close()
