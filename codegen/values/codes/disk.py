"""Codes of stage 0: what the disk or the server of the catalog refuses."""

from __future__ import annotations

from typing import Final

from codegen.values.codes.value import Code, Example, document

CODES: Final[dict[str, Code]] = {
    "RC001": Code(
        "a file, folder or catalog that cannot be read or written",
        "The command needs this file, folder or catalog, and does not get it: it is not there, is of another kind, or is closed "
        "to you. A catalog is refused as well where its pages do not belong together.",
        wrong=Example("add enrty.json", {"entry.json": document()}),
        right=Example("add entry.json", {"entry.json": document()}),
    ),
}
