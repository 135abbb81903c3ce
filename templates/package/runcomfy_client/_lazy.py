"""Loads module attributes on first use, so that importing the package is fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from sys import modules


def loader(package: str, where: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` for `package`; `where` maps each attribute to the submodule that defines it.

    A loaded attribute is stored on the package. Concurrent access is safe: Python's import lock lets one thread load the module.
    """

    def load(name: str) -> object:
        if name not in where:
            from difflib import get_close_matches  # costs more to import than all the rest of this package's first line

            near = get_close_matches(name, where, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise AttributeError(f"module {package!r} has no attribute {name!r}{hint}")
        value = getattr(import_module(f"{package}.{where[name]}"), name)
        setattr(modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(modules[package]), *where})

    return load, names
