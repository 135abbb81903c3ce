"""The hook of the command line tool, whose commands are imported by name when they are used."""

from __future__ import annotations

from PyInstaller.utils.hooks import collect_submodules  # type: ignore[import-untyped]  # it has no types

hiddenimports = [*collect_submodules("runcomfy_client.cli"), "click", "rich"]
