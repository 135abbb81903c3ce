"""Runs the simulator as an HTTP server on this machine until Ctrl-C: `python -m runcomfy_client.simulator`."""

from __future__ import annotations

import argparse
import errno
import math
import signal
import socket
import sys
from collections.abc import Sequence
from threading import Event
from typing import Final

from runcomfy_client.simulator.core import Simulator
from runcomfy_client.simulator.fault_parser import EFFECTS, SYNTAX, read_fault
from runcomfy_client.simulator.faults import Fault

_LAST_PORT: Final = 65535
BANNER: Final = """\
Simulating {models}: {in_queue:g} s in the queue, {running:g} s to run. Nothing is sent or billed.

    export RUNCOMFY_BASE_URL={base_url}
    export RUNCOMFY_API_TOKEN=simulated

Stop with Ctrl-C."""


def main(arguments: Sequence[str] | None = None, *, program: str = "python -m runcomfy_client.simulator") -> int:
    """Serve until interrupted; return the exit code: 0 if stopped, 1 if it could not start, 2 for invalid options or schemas.

    Args:
        arguments: the command line; by default, that of the process.
        program: the name of the program in the help.
    """
    options = _read_options(arguments, program)
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        simulator = Simulator(
            options.schemas,
            seconds_in_queue=options.seconds_in_queue,
            seconds_running=options.seconds_running,
            seed=options.seed,
            faults=options.fault,
            fetch_media=options.fetch_media,
        )
        models = len(simulator.catalog)
        server = simulator.serve(options.host, options.port)
    except (ModuleNotFoundError, OSError, ValueError) as error:
        print(f"error: {_reason(error, options)}", file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    with server:
        timing = {"in_queue": options.seconds_in_queue, "running": options.seconds_running}
        print(BANNER.format(models=_count(models, "model"), base_url=server.base_url, **timing), flush=True)
        stopped.wait()
    print(f"\n{_count(len(simulator.calls), 'call')}, {_count(len(simulator.accepted), 'job')} accepted.")
    return 0


def _read_options(arguments: Sequence[str] | None, program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=program, description="Simulate the RunComfy Model API.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=_port, default=0, help="port to listen on; 0 selects a free one (%(default)s)")
    parser.add_argument(
        "--seconds-in-queue", type=_seconds, default=1.0, metavar="S", help="how long a job is queued (%(default)s)"
    )
    parser.add_argument("--seconds-running", type=_seconds, default=2.0, metavar="S", help="how long a job runs (%(default)s)")
    parser.add_argument("--schemas", metavar="DIR", help="simulate the schema documents in this folder")
    parser.add_argument("--seed", type=int, default=0, help="seed of request ids and random faults (%(default)s)")
    parser.add_argument(
        "--fetch-media",
        action="store_true",
        help="fetch the files that a request points to; a job whose file cannot be fetched fails",
    )
    advice = f"{SYNTAX}, repeatable; effects: {', '.join(EFFECTS)}"
    parser.add_argument("--fault", type=_fault, action="append", default=[], metavar="FAULT", help=advice)
    return parser.parse_args(arguments)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _reason(error: Exception, options: argparse.Namespace) -> str:
    """Return why the simulator cannot start, with the option that causes it."""
    if not isinstance(error, OSError):
        return str(error)
    if error.errno == errno.EADDRINUSE:
        return f"port {options.port} is in use; --port 0 selects a free one"
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"--host {options.host}: {error.strerror or error}"
    if error.errno == errno.EACCES and error.filename is None:
        return f"--port {options.port}: {error.strerror}; --port 0 selects a free one"
    return str(error)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= _LAST_PORT):
        message = f"{text!r} is not a port: use an integer from 0 (a free port) to {_LAST_PORT}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds of 0 or more")
    return seconds


def _fault(text: str) -> Fault:
    try:
        return read_fault(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
