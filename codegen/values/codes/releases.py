"""Codes of stage 7: releases."""

from __future__ import annotations

from typing import Final

from codegen.values.codes.diagnostic_code import Code, Example, document

_MODEL: Final = {"schemas/models/acme/model.json": document()}

CODES: Final[dict[str, Code]] = {
    "RC701": Code(
        "a release note that is empty or of an unknown kind",
        "The kind determines which part of the version is raised, and the heading of the note in the changelog. A note "
        "that is ignored would be missing from the release.",
        wrong=Example("release", {**_MODEL, "changes/faster-polls.fixd.md": "Polls take less time.\n"}),
        right=Example("release", {**_MODEL, "changes/faster-polls.fixed.md": "Polls take less time.\n"}),
    ),
    "RC702": Code(
        "an invalid version",
        "Both distributions read their version from this file, and the next version is derived from it.",
        wrong=Example("build", {**_MODEL, "schemas/VERSION": "v1\n"}),
        right=Example("build", {**_MODEL, "schemas/VERSION": "1.0.0\n"}),
    ),
}
