"""Connections to PostgreSQL: their URL, their session settings, and how flows of statements are performed on them."""

from __future__ import annotations

import os
import re
import socket
from contextlib import nullcontext, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from runcomfy_client._core.install_hint import install_command
from runcomfy_client.batch.errors import BatchError, LedgerError
from runcomfy_client.batch.fleet.schema import SCHEMA, TABLES, UPGRADES, VERSION
from runcomfy_client.batch.sql import POSTGRESQL, Flow, Records, render
from runcomfy_client.errors import ConfigurationError

if TYPE_CHECKING:
    from psycopg import Connection, Error

    Connected = Connection[tuple[Any, ...]]

ResultT = TypeVar("ResultT")

VARIABLE: Final = "RUNCOMFY_DATABASE"
FILE_VARIABLE: Final = "RUNCOMFY_DATABASE_FILE"
_NAME: Final = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
_ALIVE: Final[Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""Detects within 30 s that a host has disappeared."""
_SESSION: Final = f"""
SELECT set_config('search_path', '{SCHEMA}', false),
    set_config('timezone', 'UTC', false),
    set_config('lock_timeout', '10s', false),
    set_config('idle_in_transaction_session_timeout', '5s', false),
    CASE WHEN current_setting('synchronous_commit') IN ('on', 'remote_apply') THEN 'as it is'
        ELSE set_config('synchronous_commit', 'on', false) END,
    current_setting('fsync'),
    current_setting('server_version_num')
"""
"""The transaction of a worker that stops in the middle is aborted after 5 s, so that it does not block all others."""
_OLDEST: Final = 130_000
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('runcomfy ledger'))"
_VERSION: Final = f"SELECT value FROM {SCHEMA}.about WHERE name = 'version'"
_LIVING: Final = f"""
SELECT count(*) FROM {SCHEMA}.workers WHERE expired_at IS NULL AND ended_at IS NULL
    AND seen_at > clock_timestamp() - lease * interval '1 second'
"""


def database_url(database: str | None = None) -> str:
    """Return the URL of the database: the argument, else from the environment, or from the file named there.

    Raises:
        ConfigurationError: no URL is set, or it is not a PostgreSQL URL.
    """
    found = database or os.environ.get(VARIABLE, "")
    path = os.environ.get(FILE_VARIABLE, "")
    if not found and path:
        try:
            found = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise ConfigurationError(f"The file {path}, from {FILE_VARIABLE}, cannot be read: {reason}") from None
    if not found:
        step = f"Set {VARIABLE} to postgresql://user:password@host/database, or {FILE_VARIABLE} to a file that contains that."
        raise ConfigurationError("A batch with a name needs PostgreSQL, and no database is set", next_step=step)
    if not found.startswith(("postgresql://", "postgres://")):  # it may be a secret, so the message does not repeat it
        raise ConfigurationError(f"The database must be a URL that starts with postgresql:// (see {VARIABLE})")
    return found


def _check_port(url: str) -> None:
    """Check the port, since libpq takes long to report a wrong one. The message does not repeat the URL.

    Raises:
        ConfigurationError: the port is not a number.
    """
    from psycopg.conninfo import conninfo_to_dict

    ports = str(conninfo_to_dict(url).get("port", "")).split(",")
    if not all(port == "" or port.isdigit() for port in ports):
        raise ConfigurationError(f"{VARIABLE} is not a valid PostgreSQL URL: its port is not a number")


def psycopg_module() -> Any:
    """Return the module psycopg.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        import psycopg
    except ImportError:
        step = f"Install it: {install_command('fleet')}"
        raise ConfigurationError("A batch in PostgreSQL requires psycopg, which is not installed", next_step=step) from None
    return psycopg


def transient_errors() -> tuple[type[Error], ...]:
    """Return the errors after which a new connection may succeed: lost connections, timeouts, a server that restarts."""
    from psycopg import InterfaceError, InternalError, OperationalError

    return OperationalError, InterfaceError, InternalError


def ledger_error(error: Exception) -> LedgerError:
    """Return the `LedgerError` for an error of the database."""
    step = f"Check that PostgreSQL is running and that {VARIABLE} is correct. Nothing was submitted after that; run the same again."
    return LedgerError(f"The database of the ledger failed: {str(error).strip() or type(error).__name__}", next_step=step)


def connect(url: str, *, name: str) -> Connected:
    """Open a connection with the session settings of the ledger. Errors of the database are those of psycopg.

    Raises:
        LedgerError: the server is too old, or may lose committed data.
    """
    connection: Connected = psycopg_module().connect(url, autocommit=True, application_name=name, **_ALIVE)
    try:
        _check_session(connection.execute(_SESSION).fetchone())
    except BaseException:
        connection.close()
        raise
    return connection


def open_database(url: str, *, name: str = "runcomfy-py", check: bool = True) -> Connected:
    """Open a connection. With `check`, create missing tables, and check their version.

    Raises:
        ConfigurationError: psycopg is not installed, or the URL is invalid.
        LedgerError: the database failed or is unreachable.
        BatchError: the tables have another version.
    """
    psycopg = psycopg_module()
    try:
        _check_port(url)
        connection = connect(url, name=name)
        try:
            if check:
                check_version(connection, url)
        except BaseException:
            connection.close()
            raise
    except psycopg.ProgrammingError as error:  # about the URL itself, which the message may repeat
        if getattr(error, "sqlstate", None) is None:
            raise ConfigurationError(f"{VARIABLE} is not a valid PostgreSQL URL: postgresql://user@host/database") from None
        raise ledger_error(error) from None
    except UnicodeEncodeError:
        raise ConfigurationError(f"{VARIABLE} is not a valid PostgreSQL URL: it is not valid Unicode") from None
    except psycopg.Error as error:
        raise ledger_error(error) from None
    return connection


def shut_down(connection: Connected) -> None:
    """Shut down the socket of a connection that another thread uses, so that its call fails at once."""
    with suppress(Exception):  # it is closed already
        sock = socket.socket(fileno=connection.fileno())
        try:
            sock.shutdown(socket.SHUT_RDWR)
        finally:
            sock.detach()


def _check_session(settings: tuple[Any, ...] | None) -> None:
    assert settings is not None
    *_rest, fsync, version = settings
    if int(version) < _OLDEST:
        raise LedgerError("The server is older than PostgreSQL 13", next_step="Use a newer one. Nothing was submitted.")
    if fsync != "on":
        step = "Set fsync = on: a ledger that loses commits may pay twice. Nothing was submitted."
        raise LedgerError("The server runs with fsync = off", next_step=step)


def check_version(connection: Connected, url: str) -> None:
    """Create missing tables, and check their version.

    Raises:
        BatchError: they have another version.
    """
    found = _version(connection)
    if found is None:
        migrate(url)
    elif found != VERSION:
        raise _other_version(found)


def migrate(url: str) -> int:
    """Create the tables, or upgrade them to this version, in one transaction; return their old version, 0 for none.

    Raises:
        BatchError: they are newer than this package, or workers of the older version are running.
        LedgerError: the database failed.
    """
    psycopg = psycopg_module()
    with open_database(url, check=False) as connection:
        try:
            with connection.transaction():
                connection.execute(_LOCK)
                found = _version(connection)
                if found is None:
                    connection.execute(TABLES.encode())
                    return 0
                if found > VERSION:
                    raise _other_version(found)
                if found < VERSION and (living := connection.execute(_LIVING).fetchone()) and living[0]:
                    step = "Stop them (SIGTERM), then run it again. The new workers take over their jobs."
                    raise BatchError(f"{living[0]} workers are running on this ledger", next_step=step)
                for version in range(found, VERSION):
                    connection.execute(f"SET LOCAL search_path TO {SCHEMA}; {UPGRADES[version]}".encode())
                connection.execute(f"UPDATE {SCHEMA}.about SET value = '{VERSION}' WHERE name = 'version'".encode())
                return found
        except psycopg.Error as error:
            raise ledger_error(error) from None


def _version(connection: Connected) -> int | None:
    present = connection.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.about",)).fetchone()
    if present is None or present[0] is None:
        return None
    found = connection.execute(_VERSION).fetchone()
    return None if found is None else int(found[0])


def _other_version(found: int) -> BatchError:
    if found > VERSION:
        step = "Upgrade the package on this machine. Nothing was submitted."
        return BatchError(f"The tables have version {found}, and this package supports {VERSION}", next_step=step)
    step = "Stop all workers, then run `runcomfy-py batch migrate`. Nothing was submitted."
    return BatchError(f"The tables have version {found}, and this package needs {VERSION}", next_step=step)


@lru_cache(maxsize=512)
def statement(sql: str) -> str:
    """Return a statement in the dialect of PostgreSQL, with the placeholders of psycopg."""
    return _NAME.sub(r"%(\1)s", render(sql, POSTGRESQL))


def run_flow(connection: Connected, flow: Flow[ResultT], *, transaction: bool = True) -> ResultT:
    """Perform a flow, by default in one transaction, and return its result.

    Raises:
        LedgerError: the database failed. Unless the answer to a commit was lost, nothing was written.
    """
    try:
        return perform(connection, flow, transaction=transaction)
    except psycopg_module().Error as error:
        raise ledger_error(error) from None


def perform(connection: Connected, flow: Flow[ResultT], *, transaction: bool = True) -> ResultT:
    """Perform a flow as `run_flow`; errors of the database are those of psycopg."""
    try:
        with connection.transaction() if transaction else nullcontext():
            cursor: Any = connection.cursor()
            try:
                sql, values = next(flow)
                while True:
                    many = not hasattr(values, "keys")
                    (cursor.executemany if many else cursor.execute)(statement(sql), values)
                    records: Records = cursor.fetchall() if cursor.description and not many else []
                    sql, values = flow.send(records)
            except StopIteration as end:
                result: ResultT = end.value
        return result
    except UnicodeEncodeError:  # an argument of the command line, or a path
        step = "Correct the name, the key, the id or the path. Nothing was changed."
        raise BatchError("A text is not valid Unicode, so PostgreSQL cannot store it", next_step=step) from None
    finally:
        flow.close()
