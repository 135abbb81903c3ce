"""A real PostgreSQL: one that is running, by `RUNCOMFY_TEST_DATABASE`, or one that is started here from a local installation."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

VARIABLE = "RUNCOMFY_TEST_DATABASE"
"""The address of a database whose user may create databases, `postgresql://user@host/postgres`."""
_CONFIG = """
listen_addresses = '127.0.0.1'
max_connections = 200
shared_buffers = 64MB
logging_collector = off
"""


def installation() -> Path | None:
    """The folder of the server's commands: on the path, or where Debian and Homebrew put them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql*/bin")]
    return max((place for place in places if (place / "initdb").exists()), default=None)


class Server:
    """A server of our own in a folder of its own. It runs as `postgres` or `nobody` where the tests run as root."""

    def __init__(self, commands: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="runcomfy-pg-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT", "/tmp")))
        self._commands = commands
        self._process: subprocess.Popen[bytes] | None = None
        self._user: dict[str, Any] = {}
        if os.getuid() == 0:
            self._user = {"user": _other_user(), "extra_groups": []}
            shutil.chown(self.folder, self._user["user"])
        words = [f"{commands}/initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"]
        environment = {"LC_ALL": "C", "PATH": os.environ["PATH"]}
        data = f"{self.folder}/data"
        subprocess.run([*words, data], check=True, capture_output=True, cwd=self.folder, env=environment, **self._user)
        with (self.folder / "data/postgresql.conf").open("a") as config:
            config.write(_CONFIG + f"unix_socket_directories = '{self.folder}'\n")

    @property
    def url(self) -> str:
        """The address, over the socket in its folder."""
        return f"postgresql://postgres@/postgres?host={self.folder}"

    @property
    def pid(self) -> int:
        """The first of its processes."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        with (self.folder / "log").open("ab") as log:
            words = [f"{self._commands}/postgres", "-D", f"{self.folder}/data", "-p", "5432", "-c", "listen_addresses="]
            process: subprocess.Popen[bytes] = subprocess.Popen(words, stdout=log, stderr=log, cwd=self.folder, **self._user)
        self._process = process
        for _ in range(600):
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url).close()
                return
            assert process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def crash(self) -> None:
        """End it as a crash does: nothing is written any more, and it recovers from its log at the next start."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def remove(self) -> None:
        """Stop it, and remove its folder."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _other_user() -> str:
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise AssertionError("no user to run PostgreSQL as")


@contextlib.contextmanager
def own_server() -> Iterator[Server]:
    """Start a server, for tests that crash it or look at its CPU time."""
    commands = installation()
    if commands is None:
        pytest.skip("no installation of PostgreSQL was found (Debian: postgresql)")
    server = Server(commands)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@contextlib.contextmanager
def any_server() -> Iterator[str]:
    """The address of a running server, or of one that is started."""
    given = os.environ.get(VARIABLE)
    if given:
        yield given
        return
    with own_server() as server:
        yield server.url


@contextlib.contextmanager
def new_database(server: str) -> Iterator[str]:
    """Make an empty database, and drop it in the end."""
    name = f"runcomfy_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        parts = urlsplit(server)
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
