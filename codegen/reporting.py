"""How diagnostics are printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from codegen.diagnostics import Diagnostic


def as_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the diagnostics for a terminal, in the order given."""
    return "".join(f"{line}\n" for diagnostic in diagnostics for line in _lines(diagnostic))


def _lines(diagnostic: Diagnostic) -> Iterator[str]:
    yield f"{diagnostic.place}: {diagnostic.severity} {diagnostic.code}: {diagnostic.message}"
    if diagnostic.place.pointer:
        yield f"    at: {diagnostic.place.pointer}"
    yield f"    next: {diagnostic.help}"
