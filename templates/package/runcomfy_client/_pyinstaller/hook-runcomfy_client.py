"""The hook: the schemas and the simulator's media are data, and models are imported by name when they are first used."""

from __future__ import annotations

from importlib.util import find_spec

from PyInstaller.utils.hooks import collect_data_files, collect_submodules  # type: ignore[import-untyped]  # it has no types

EXTRAS = ("runcomfy_client._pyinstaller", "runcomfy_client.mcp", "runcomfy_client.playground", "runcomfy_client.cli")
"""Subpackages that import what may not be installed; a program that imports one gets it all the same."""
IMPORTED_BY_NAME = ("httpx", "httpcore", "httpx2", "httpcore2", "jsonschema", "referencing")
"""Packages that are imported by a name that is chosen as the program runs, where they are installed."""

datas = collect_data_files("runcomfy_client")
hiddenimports = collect_submodules("runcomfy_client", filter=lambda name: not name.startswith(EXTRAS))
hiddenimports += [name for name in IMPORTED_BY_NAME if find_spec(name)]
