"""Codes of stage 0: errors of the disk and of the catalog's server."""

from __future__ import annotations

from typing import Final

from codegen.values.codes.diagnostic_code import Code, Example, document

CODES: Final[dict[str, Code]] = {
    "RC001": Code(
        "a file, folder or catalog that cannot be read or written",
        "The command needs this file, folder or catalog, but it does not exist, has the wrong type, or is not accessible. "
        "A catalog is also rejected if its pages are not consistent.",
        wrong=Example("add enrty.json", {"entry.json": document()}),
        right=Example("add entry.json", {"entry.json": document()}),
    ),
}
