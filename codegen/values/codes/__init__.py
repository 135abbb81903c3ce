"""All diagnostic codes, with their title, the reason, and a wrong and a right example. The first digit is the stage.

A new code is an entry in the table of its stage. A test runs its two examples, and `docs/diagnostics.md` is generated from the
tables.
"""

from __future__ import annotations

from typing import Final

from codegen.values.codes import checks, dialect, disk, documents, json_text, names, pages, releases
from codegen.values.codes.diagnostic_code import Code, Example, Omitted

__all__ = ["CODES", "DISK", "STAGES", "Code", "Example", "Omitted"]

DISK: Final = "RC001"
"""The code of all errors of the disk and of the catalog's server."""

STAGES: Final[dict[str, str]] = {
    "0": "files, folders and the catalog",
    "1": "reading a file as strict JSON",
    "2": "pages, catalogs and plain schemas",
    "3": "schema documents and corrections",
    "4": "the documented dialect",
    "5": "checks of the normalised schema",
    "6": "names",
    "7": "releases",
}
"""The title of each stage, by the first digit of its codes."""

CODES: Final[dict[str, Code]] = {
    **disk.CODES,
    **json_text.CODES,
    **pages.CODES,
    **documents.CODES,
    **dialect.CODES,
    **checks.CODES,
    **names.CODES,
    **releases.CODES,
}
"""All codes, in order."""
