"""Codes of stage 0: what the disk refuses."""

from __future__ import annotations

from typing import Final

from codegen.values.codes.value import Code, Example, document

CODES: Final[dict[str, Code]] = {
    "RC001": Code(
        "a file or folder that cannot be read or written",
        "The command needs this file or folder, and the system refuses it: it is not there, is of another "
        "kind, or is closed to you.",
        wrong=Example("add enrty.json", {"entry.json": document()}),
        right=Example("add entry.json", {"entry.json": document()}),
    ),
}
