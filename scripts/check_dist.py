"""Checks built distributions in empty environments outside the repository: import, a simulated job, the command line, types."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

ROOT: Final = Path(__file__).resolve().parents[1]
MODEL: Final = "wan-ai/wan-2.7/text-to-image"
SNIPPET: Final = """\
from pathlib import Path

from runcomfy_client import RunComfy
from runcomfy_client.models import Wan2_7TextToImage
from runcomfy_client.simulator import Simulator

with Simulator(seconds_in_queue=0, seconds_running=0) as simulator:
    with RunComfy("test", base_url=simulator.base_url, http_client=simulator.http_client()) as client:
        result = client.run(Wan2_7TextToImage(prompt="Snow falls."))
        images: list[str] | None = result.output.images
        print(result.request_id, len(simulator.accepted))
"""
_MISTAKE: Final = "Wan2_7TextToImage(promt='Snow falls.')"
_SCHEMA: Final = '{"type": "object", "properties": {"prompt": {"type": "string"}}}'


def install(folder: Path, requirement: str, *, lowest: bool) -> Path:
    """Install a distribution with its dependencies from the index into a new environment; return its interpreter."""
    python = _new_environment(folder, with_pip=True)
    limits = ["--constraint", str(ROOT / "constraints-lowest.txt")] if lowest else []
    _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *limits, requirement], folder)
    return python


def install_offline(folder: Path, wheel: Path, *extras: str) -> Path:
    """Install a distribution into a new environment, with what it declares from the environment of this program.

    What it does not declare is not there.
    """
    python = _new_environment(folder, with_pip=False)
    base = {"base": str(folder / "environment"), "platbase": str(folder / "environment")}
    site = Path(sysconfig.get_path("purelib", vars=base))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--ignore-installed"]
    _run([*pip, "--prefix", str(folder / "environment"), str(wheel)], folder)
    [made] = Distribution.discover(path=[str(site)])
    for known in _dependencies(made, set(extras), {made.name}):
        for top in {path.parts[0] for path in known.files or [] if path.parts[0] != ".."}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(known.locate_file(top))))
    return python


def _dependencies(of: Distribution, extras: set[str], seen: set[str]) -> Iterator[Distribution]:
    for text in of.requires or []:
        requirement = Requirement(text)
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            continue
        known = distribution(requirement.name)
        if known.version not in requirement.specifier:
            sys.exit(f"{of.name} needs {requirement}, and {known.version} is installed")
        if known.name not in seen:
            seen.add(known.name)
            yield known
            yield from _dependencies(known, requirement.extras, seen)


def _new_environment(folder: Path, *, with_pip: bool) -> Path:
    venv.create(folder / "environment", with_pip=with_pip)
    return _tool(folder / "environment", "python")


def _tool(environment: Path, name: str) -> Path:
    return environment / ("Scripts" if os.name == "nt" else "bin") / name


def check_client(python: Path, folder: Path) -> None:
    """Use the client that is installed: import it, run a simulated job, once more at the command line, and check types.

    Raises:
        SystemExit: something fails; the message has its output.
    """
    snippet, wrong = folder / "snippet.py", folder / "wrong.py"
    snippet.write_text(SNIPPET)
    wrong.write_text(f"{SNIPPET}{_MISTAKE}\n")
    told = _run([str(python), "-I", "-W", "error", str(snippet)], folder)
    if not told.strip().endswith(" 1"):
        sys.exit(f"the simulated job was not run once: {told}")
    tool = _tool(folder / "environment", "runcomfy-py")
    _run([str(tool), "run", MODEL, "--prompt", "Snow falls.", "--simulate", "--out", "saved"], folder)
    if not list((folder / "saved").iterdir()):
        sys.exit("runcomfy-py saved no file")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--python-executable", str(python)]
    found = subprocess.run([*mypy, str(snippet), str(wrong)], cwd=folder, capture_output=True, text=True, check=False)
    if [line.partition(":")[0] for line in found.stdout.splitlines()] != [wrong.name] or "promt" not in found.stdout:
        sys.exit(f"mypy does not see one misspelt input, and nothing else: {found.stdout}{found.stderr}")


def check_generator(python: Path, folder: Path) -> None:
    """Make a client of one model with the generator that is installed.

    Raises:
        SystemExit: something fails; the message has its output.
    """
    (folder / "schema.json").write_text(_SCHEMA)
    tool = str(_tool(folder / "environment", "runcomfy-codegen"))
    _run([tool, "add", "schema.json", "--id", "acme/clip", "--schemas", "schemas"], folder)
    for command in ("build", "check", "diff"):
        _run([tool, command, "--schemas", "schemas", "--output", "client"], folder)
    if not (folder / "client" / "runcomfy_client" / "models" / "acme" / "clip.py").is_file():
        sys.exit("the generator made no module")


def _run(command: list[str], folder: Path) -> str:
    """Run a program without what this process has in its environment; return what it prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RUNCOMFY", "MYPY"))}
    kept["XDG_CONFIG_HOME"] = str(folder)
    ran = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"{' '.join(command)}: exit code {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return ran.stdout
