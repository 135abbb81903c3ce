"""Prints how soon results are there: `python -m benchmarks polling`. On a manual clock, so exactly; it takes seconds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from statistics import mean
from typing import Final

from runcomfy_client import Policy

from benchmarks.polling import load
from benchmarks.polling.waiting import Server, peers, runcomfy

_JOBS: Final = (5.0, 20.0, 60.0, 180.0, 600.0)
_PHASES: Final = 12
_OWN_PHASES: Final = 60
"""More, since our intervals are long."""
_SPREAD: Final = 0.2


def _row(name: str, wait: Callable[[Server], None], seconds: float, phases: int) -> str:
    servers = [Server(seconds * (1 - _SPREAD + 2 * _SPREAD * (phase + 0.5) / phases)) for phase in range(phases)]
    for server in servers:
        wait(server)
    delays = [server.delay for server in servers]
    share = 100 * mean(delays) / seconds
    return (
        f"  {name:32} {mean(delays):6.2f} s ({share:4.1f} %)  {max(delays):6.2f} s  {mean(server.calls for server in servers):7.0f}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print, for durations up to a fifth around each, the mean and the worst delay, and the calls after the submit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks polling", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short jobs alone")
    quick = parser.parse_args(arguments).quick
    others = peers()
    for seconds in _JOBS[:2] if quick else _JOBS:
        print(f"a job of {seconds:g} s".ljust(34), "found after its end    worst      calls")
        known = tuple(seconds * (1 - _SPREAD + 2 * _SPREAD * number / 15) for number in range(16))
        waits: dict[str, Callable[[Server], None]] = {
            "runcomfy-client": runcomfy,
            f"the same, {_SPREAD:.0%} spread known": partial(runcomfy, known=known),
            **others,
        }
        for name, wait in waits.items():
            print(_row(name, wait, seconds, _PHASES if name in others else _OWN_PHASES), flush=True)
    if not quick:
        _print_load()
    return 0


def _print_load() -> None:
    print("2,000 jobs of these durations at once, 20 polls a second: found after their ends")
    ways = {
        "one after the other": load.client_options(load.IN_TURN),
        "runcomfy-client": load.client_options(Policy()),
        f"the same, {_SPREAD:.0%} spread known": load.client_options(Policy(), known=True),
    }
    for name, options in ways.items():
        average, worst = load.delays(options, jobs=2000, submits_per_second=20.0)
        print(f"  {name:32} {average:6.2f} s           {worst:6.2f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
