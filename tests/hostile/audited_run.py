"""A separate program: runs the command line on hostile folders, and prints as JSON its results and any unexpected access."""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
READABLE = tuple(str(place) for place in (ROOT / "codegen", ROOT / "templates", sys.prefix, sys.base_prefix, "/dev/null"))
NEVER = ("socket.", "urllib.", "http.", "ftplib.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "ctypes.")
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod")


class AuditLog:
    """An audit hook that records accesses outside the given folder."""

    def __init__(self) -> None:
        self.folder = ""
        self.writes = False
        self.unexpected: list[str] = []

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """Record one audit event."""
        if not self.folder:
            return
        if event == "open" and isinstance(args[0], str | bytes):
            path = os.path.abspath(os.fsdecode(args[0]))
            inside = path.startswith(self.folder + os.sep)
            writing = bool((args[2] or 0) & WRITING)
            if (writing and not (inside and self.writes)) or not (inside or path.startswith(READABLE)):
                self.unexpected.append(f"{event} {path} {'to write' if writing else 'to read'}")
        elif event.startswith(NEVER) or (event.startswith(CHANGES) and not self.writes):
            self.unexpected.append(f"{event} {args!r}")


def run(
    audit_log: AuditLog, main: Callable[[list[str]], int], folder: Path, arguments: list[str], *, writes: bool
) -> dict[str, Any]:
    """Run one command in one folder."""
    out, err = io.StringIO(), io.StringIO()
    os.chdir(folder)
    audit_log.unexpected, audit_log.writes, audit_log.folder = [], writes, str(folder)
    start = time.perf_counter()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code: int | str = main(arguments)
    except BaseException as error:
        code = f"{type(error).__name__}: {error}"
    finally:
        audit_log.folder = ""
    seconds = time.perf_counter() - start
    return {"code": code, "out": out.getvalue(), "err": err.getvalue(), "seconds": seconds, "unexpected": audit_log.unexpected}


def main() -> None:
    """Run the jobs from stdin. Each is `[name, folder, arguments, may write]`."""
    from codegen.cli import main as command

    audit_log = AuditLog()
    sys.addaudithook(audit_log)
    jobs: list[tuple[str, str, list[str], bool]] = json.load(sys.stdin)
    found = {name: run(audit_log, command, Path(folder), arguments, writes=writes) for name, folder, arguments, writes in jobs}
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"runs": found, "bytes": largest, "canary": os.environ.get("HOSTILE_CANARY")}))


if __name__ == "__main__":
    main()
