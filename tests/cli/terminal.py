"""Runs a program on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path


def run_on_terminal(words: list[str], folder: Path, columns: int = 80, /, **more: str) -> str:
    """Run Python with these arguments on a pseudo-terminal, and return its output."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("RUNCOMFY") and name not in ("COLUMNS", "LINES")
    }
    path = os.pathsep.join(part for part in sys.path if part)
    env = {
        **kept,
        "TERM": "xterm-256color",
        "PYTHONPATH": path,
        "XDG_CONFIG_HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / ".cache"),
        "PYTHONIOENCODING": "utf-8",
        **more,
    }
    with subprocess.Popen(
        [sys.executable, *words], stdin=follower, stdout=follower, stderr=follower, cwd=folder, env=env
    ) as process:
        os.close(follower)
        result = b""
        while True:
            try:
                chunk = os.read(leader, 65536)
            except OSError:  # Linux says so when the last writer has gone
                break
            if not chunk:
                break
            result += chunk
        process.wait(timeout=60)
    os.close(leader)
    return result.decode()
