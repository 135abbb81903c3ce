"""Programs in separate processes, forked from one that has imported the client: they start in a tenth of the time."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from types import TracebackType
from typing import Self

PROCESSES = get_context("spawn") if sys.platform == "win32" else get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        *("runcomfy_client.batch.fleet.run_worker", "runcomfy_client.models", "runcomfy_client.simulator.server", "psycopg"),
        *("runcomfy_client.cli.batches", "runcomfy_client.cli.batch_table", "rich.table"),
    ]
)


class Program:
    """A Python program that runs in a process, and what it prints. It is used like a `subprocess.Popen`."""

    def __init__(
        self, path: Path, *arguments: str, environment: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> None:
        self._folder = Path(mkdtemp(prefix="runcomfy-program-"))
        for file in _printed(self._folder):
            file.touch()
        self._output: tuple[str, str] | None = None
        variables = {**os.environ, **(environment or {})}  # a forked process has the variables of its parent
        self._process = PROCESSES.Process(target=_run, args=(path, arguments, variables, self._folder, folder or Path.cwd()))
        self._process.start()

    @property
    def pid(self) -> int:
        """The id of the process."""
        pid: int | None = self._process.pid
        assert pid is not None
        return pid

    @property
    def returncode(self) -> int | None:
        """The exit code, the negative number of the signal that ended it, or None while it runs."""
        code: int | None = self._process.exitcode
        return code

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self.returncode

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._process.terminate()

    def send_signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait until it has ended, and return what it has printed to stdout and stderr.

        Raises:
            TimeoutError: it runs longer than so many seconds.
        """
        self._process.join(timeout)
        if self.returncode is None:
            raise TimeoutError(f"{self._process} runs longer than {timeout} s")
        if self._output is None:
            out, errors = (path.read_text(encoding="utf-8") for path in _printed(self._folder))
            self._output = (out, errors)
            rmtree(self._folder)
        return self._output

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None) -> None:
        self.communicate()


def _printed(folder: Path) -> tuple[Path, Path]:
    return folder / "stdout", folder / "stderr"


def _run(path: Path, arguments: tuple[str, ...], environment: Mapping[str, str], printed: Path, folder: Path) -> None:
    for number, file in enumerate(_printed(printed), start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_APPEND), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [str(path), *arguments]
    runpy.run_path(str(path), run_name="__main__")
