"""Makes docs/cli.svg from a real run: the tool in tmux, 80 columns wide, against the simulator.

    python docs/make_screenshot.py [--no-color] [TARGET.svg]

It needs tmux, and the client with its extra `cli`.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text
from runcomfy_client.simulator import Drop, Fault, JobFails, Simulator

KLING = "kling/kling-3.0/standard/image-to-video"
PICTURE = "https://example.com/cliff.png"
COLUMNS, LINES = 80, 24
RUN = f"""runcomfy-py run {KLING} \\
    --prompt 'Waves break below a cliff at golden hour.' \\
    --start-image-url {PICTURE} --duration 5"""
BATCH = "runcomfy-py batch jobs.jsonl --out night"
FAULTS = [
    Fault("submit", JobFails("no faces found"), times=None, after=1, probability=0.04),
    Fault("submit", Drop(accepted=True), times=2, after=90),
]


class Terminal:
    """A tmux session with a server of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._tmux = ["tmux", "-L", f"screenshot-{os.getpid()}", "-f", os.devnull]
        size = ["-x", str(COLUMNS), "-y", str(LINES)]
        words = ["env", *(f"{name}={value}" for name, value in environment.items()), "bash", "--norc", "--noprofile"]
        subprocess.run([*self._tmux, "new-session", "-d", *size, *words], cwd=folder, check=True)

    def type(self, text: str) -> None:
        """Type a command."""
        subprocess.run([*self._tmux, "send-keys", "-l", text], check=True)
        subprocess.run([*self._tmux, "send-keys", "Enter"], check=True)

    def console(self, *, colour: bool = False) -> str:
        """Return what is on the console, with its colours as escape sequences if asked for."""
        words = [*self._tmux, "capture-pane", "-p", *(["-e"] if colour else [])]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    def wait(self, until: Callable[[str], bool], *, seconds: float = 60) -> None:
        """Wait for something on the console."""
        deadline = time.monotonic() + seconds
        while not until(self.console()):
            if time.monotonic() > deadline:
                raise TimeoutError(self.console())
            time.sleep(0.05)

    def close(self) -> None:
        """End the session."""
        subprocess.run([*self._tmux, "kill-server"], check=False)


def take(*, colour: bool) -> str:
    """Run the tool, and return the console in the middle of a batch."""
    simulator = Simulator(seconds_in_queue=1, seconds_running=3, faults=FAULTS)
    with tempfile.TemporaryDirectory() as name, simulator.serve() as server:
        folder = Path(name)
        lines = [{"model": KLING, "inputs": {"prompt": f"Scene {number}", "start_image_url": PICTURE}} for number in range(240)]
        (folder / "jobs.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
        tool = folder / ".bin" / "runcomfy-py"
        tool.parent.mkdir()
        tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m runcomfy_client "$@"\n')
        tool.chmod(0o755)
        terminal = Terminal(folder, _environment(folder, server.base_url, colour=colour))
        try:
            terminal.wait(lambda console: "$" in console)
            for line in RUN.splitlines():
                terminal.type(line)
            terminal.wait(lambda console: console.rstrip().endswith(".mp4\n$"))
            terminal.type(BATCH)
            terminal.wait(_is_under_way)
            return terminal.console(colour=True)
        finally:
            terminal.close()


def _environment(folder: Path, base_url: str, *, colour: bool) -> dict[str, str]:
    path = os.pathsep.join(filter(None, sys.path))
    return {
        "PATH": f"{folder / '.bin'}:{os.environ['PATH']}",
        "PYTHONPATH": path,
        "PS1": "$ ",
        "PS2": "",
        "LANG": "C.UTF-8",
        "RUNCOMFY_BASE_URL": base_url,
        "RUNCOMFY_API_TOKEN": "simulated",
        **({} if colour else {"NO_COLOR": "1"}),
    }


def _is_under_way(console: str) -> bool:
    """Whether the batch has something in every column."""
    numbers = re.findall(r"planned.*unknown\s*\n([\d\s,]+)\n", console)
    counts = [int(number.replace(",", "")) for number in numbers[-1].split()] if numbers else []
    _planned, queued, running, _saving, done, failed, unknown = counts if len(counts) == 7 else [0] * 7
    return bool(queued and running and failed and unknown) and done > 90 and "left" in console


def draw(text: str) -> str:
    """Draw the text of a terminal as SVG. It fetches nothing: the fonts are those of the reader."""
    console = Console(width=COLUMNS, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(text.rstrip("\n")))
    svg = console.export_svg(title="runcomfy-py", unique_id="cli")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code, monospace", "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace")


def main() -> None:
    """Make the picture."""
    if shutil.which("tmux") is None:
        sys.exit("tmux is needed")
    words = [word for word in sys.argv[1:] if word != "--no-color"]
    target = Path(words[0]) if words else Path(__file__).with_name("cli.svg")
    target.write_text(draw(take(colour="--no-color" not in sys.argv)), encoding="utf-8")
    print(target)


if __name__ == "__main__":
    main()
