"""Runs the simulator on a socket of this machine until Ctrl-C: `python -m runcomfy_client.simulator`."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from threading import Event
from typing import Final

from runcomfy_client.simulator.core import Simulator
from runcomfy_client.simulator.fault_text import EFFECTS, SYNTAX, read_fault
from runcomfy_client.simulator.faults import Fault

BANNER: Final = """\
Simulating {models}: {in_queue:g} s in the queue, {running:g} s to run. Nothing is sent anywhere, nothing is billed.

    export RUNCOMFY_BASE_URL={base_url}
    export RUNCOMFY_API_TOKEN=simulated

Stop with Ctrl-C."""


def main(arguments: Sequence[str] | None = None, *, program: str = "python -m runcomfy_client.simulator") -> int:
    """Serve until interrupted; return the exit code: 0 when stopped, 1 when it could not start, 2 for bad options or schemas.

    `program` is what the help calls it.
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
        )
        models = len(simulator.catalog)
        server = simulator.serve(options.host, options.port)
    except (ModuleNotFoundError, OSError, ValueError, OverflowError) as error:  # OverflowError: a port that cannot be
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, (ValueError, OverflowError)) else 1
    with server:
        pace = {"in_queue": options.seconds_in_queue, "running": options.seconds_running}
        print(BANNER.format(models=_count(models, "model"), base_url=server.base_url, **pace), flush=True)
        stopped.wait()
    print(f"\n{_count(len(simulator.calls), 'call')}, {_count(len(simulator.accepted), 'job')} accepted.")
    return 0


def _read_options(arguments: Sequence[str] | None, program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=program, description="Simulate the RunComfy Model API.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one (%(default)s)")
    parser.add_argument("--seconds-in-queue", type=float, default=1.0, metavar="S", help="how long a job is queued (%(default)s)")
    parser.add_argument("--seconds-running", type=float, default=2.0, metavar="S", help="how long a job runs (%(default)s)")
    parser.add_argument("--schemas", metavar="DIR", help="simulate the schema documents of this folder")
    parser.add_argument("--seed", type=int, default=0, help="fixes request ids and chance (%(default)s)")
    advice = f"{SYNTAX}, may be repeated; effects: {', '.join(EFFECTS)}"
    parser.add_argument("--fault", type=_fault, action="append", default=[], metavar="FAULT", help=advice)
    return parser.parse_args(arguments)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _fault(text: str) -> Fault:
    try:
        return read_fault(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
