"""Runs a program on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import runpy
import struct
import sys
import termios
from collections.abc import Mapping
from multiprocessing.connection import wait
from pathlib import Path

from tests.programs import PROCESSES


def run_on_terminal(words: list[str], folder: Path, columns: int = 80, /, **more: str) -> str:
    """Run Python with `-m MODULE` or `-c CODE` and arguments on a pseudo-terminal, and return its output."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("RUNCOMFY") and name not in ("COLUMNS", "LINES")
    }
    env = {**kept, "TERM": "xterm-256color", "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder / ".cache"), **more}
    process = PROCESSES.Process(target=_run, args=(words, os.ttyname(follower), folder, env))
    process.start()
    result = b""
    while leader in (ready := wait([leader, process.sentinel], timeout=60)):  # when it has ended, what it wrote is still there
        result += os.read(leader, 65536)
    assert ready, "it runs longer than 60 s"
    process.join()
    os.close(follower)
    os.close(leader)
    return result.decode()


def _run(words: list[str], terminal: str, folder: Path, environment: Mapping[str, str]) -> None:
    opened = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
    for number in range(3):
        os.dup2(opened, number)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode, encoding="utf-8") for number, mode in enumerate("rww"))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    kind, program, *sys.argv[1:] = words
    if kind == "-c":
        exec(program, {"__name__": "__main__"})
    else:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
