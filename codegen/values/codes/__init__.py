"""Every diagnostic code: what it stands for, why, and what it looks like, wrong and right. The first digit is the stage.

A new code is one entry in the table of its stage. Its two examples are run by a test, and `docs/diagnostics.md` is made of them.
"""

from __future__ import annotations

from typing import Final

from codegen.values.codes import checks, dialect, disk, documents, ingesting, naming, reading, releases
from codegen.values.codes.value import Code, Example, Omitted

__all__ = ["CODES", "DISK", "STAGES", "Code", "Example", "Omitted"]

DISK: Final = "RC001"
"""The code of everything that the disk or the server of the catalog refuses."""

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
"""What is at fault, by the first digit of a code."""

CODES: Final[dict[str, Code]] = {
    **disk.CODES,
    **reading.CODES,
    **ingesting.CODES,
    **documents.CODES,
    **dialect.CODES,
    **checks.CODES,
    **naming.CODES,
    **releases.CODES,
}
"""All codes, in order."""
