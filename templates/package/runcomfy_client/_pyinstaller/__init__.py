"""Tells PyInstaller what a frozen program with this package needs; found through the entry point `pyinstaller40`."""

from __future__ import annotations

from pathlib import Path


def get_hook_dirs() -> list[str]:
    """Return the folder of the hook. Source: PyInstaller's documentation of provided hooks, 2026-11-25."""
    return [str(Path(__file__).parent)]
