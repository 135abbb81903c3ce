"""Codes of stage 7: releases."""

from __future__ import annotations

from typing import Final

from codegen.values.codes.value import Code, Example, document

_MODEL: Final = {"schemas/models/acme/model.json": document()}

CODES: Final[dict[str, Code]] = {
    "RC701": Code(
        "a note on a change that is empty or of no known kind",
        "The kind decides which number of the version is raised and under which heading of the changelog the note stands. A note "
        "that is passed over would be missing from the release.",
        wrong=Example("release", {**_MODEL, "changes/faster-polls.fixd.md": "Polls take less time.\n"}),
        right=Example("release", {**_MODEL, "changes/faster-polls.fixed.md": "Polls take less time.\n"}),
    ),
    "RC702": Code(
        "a version that is not three numbers",
        "Both distributions read their version from this file, and the next one is counted from it.",
        wrong=Example("build", {**_MODEL, "schemas/VERSION": "v1\n"}),
        right=Example("build", {**_MODEL, "schemas/VERSION": "1.0.0\n"}),
    ),
}
