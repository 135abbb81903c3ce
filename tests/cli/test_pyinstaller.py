"""A program built by PyInstaller without options includes the schemas and models. The build takes about 10 s of CPU time."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from tests.cli.harness import GOOD, KLING

UNUSED = (
    *("IPython", "PIL", "_pytest", "aiohttp", "charset_normalizer", "cryptography", "distutils", "h2", "httpcore2", "httpx2"),
    *("hypothesis", "importlib_resources", "jinja2", "markdown_it", "mcp", "multiprocessing", "mypy", "obstore", "opentelemetry"),
    *("psycopg", "pydantic.mypy", "pydantic.v1", "pydoc", "pygments", "requests", "setuptools", "socks", "starlette", "tkinter"),
    *("trio", "truststore", "unittest", "urllib3", "uvicorn", "websockets", "yaml"),
    *("rich._unicode_data", "rich.cells", "rich.console", "rich.live", "rich.progress", "rich.table", "rich.text"),
    *("runcomfy_client.mcp", "runcomfy_client.playground", "runcomfy_client.quotes"),
)
"""What the program does not need here, and what would take most of the time."""
PROGRAM = "import sys\nfrom runcomfy_client.cli import main\nsys.exit(main())\n"


def test_a_frozen_program_runs_a_job(tmp_path: Path) -> None:
    (hook,) = (one for one in entry_points(group="pyinstaller40") if one.value.startswith("runcomfy_client"))
    assert list(Path(hook.load()()[0]).glob("hook-*.py"))
    (tmp_path / "tool.py").write_text(PROGRAM)
    env = {**os.environ, "HOME": str(tmp_path), "PYINSTALLER_CONFIG_DIR": str(tmp_path / "cache")}
    excluded = [f"--exclude-module={name}" for name in UNUSED]
    build = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", *excluded, "tool.py"]
    subprocess.run(build, cwd=tmp_path, env=env, check=True, timeout=600, capture_output=True)
    tool = str(tmp_path / "dist" / "tool" / "tool")

    def ask(*words: str) -> str:
        return subprocess.run([tool, *words], cwd=tmp_path, env=env, check=True, timeout=120, capture_output=True, text=True).stdout

    assert KLING in ask("models").split()
    assert ask("run", KLING, *GOOD, "--simulate").endswith("-1.mp4\n")
