"""Applies corrections to a published document: small changes with reasons, which fail when they no longer apply.

A corrections file contains `{"corrections": [{"reason": "...", "changes": [{"at": POINTER, "was": VALUE, "now": VALUE}]}]}`.
Without `was`, there must be no value at the pointer; without `now`, the value is removed. So changes of the published document are
detected.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Final, Protocol

from codegen.values.diagnostics import Place, Report, quote_diff, quoted
from codegen.values.model import ABSENT
from codegen.values.pointer import find, put


class Positioned(Protocol):
    """A JSON document with the places of its parts."""

    @property
    def value(self) -> Any:
        """The document."""
        ...

    def place(self, pointer: str) -> Place:
        """Return the place of the value at `pointer`."""
        ...


_CHANGE_KEYS: Final = {"at", "was", "now"}


def apply(published: dict[str, Any], corrections: Positioned, report: Report) -> dict[str, Any]:
    """Return `published` with the corrections applied. Report an error for each correction that does not apply."""
    corrected = copy.deepcopy(published)
    for pointer, change in _changes(corrections, report):
        _apply_one(corrected, change, corrections.place(pointer), report)
    return corrected


def _changes(corrections: Positioned, report: Report) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each valid change with its pointer in the corrections file."""
    root = corrections.value
    groups = root.get("corrections") if isinstance(root, dict) and set(root) == {"corrections"} else None
    if not isinstance(groups, list):
        report.error(
            "RC311",
            corrections.place(""),
            "not a corrections file",
            help='write {"corrections": [{"reason": ..., "changes": [...]}]}',
        )
        return
    for number, group in enumerate(groups):
        pointer = f"/corrections/{number}"
        reason = group.get("reason") if isinstance(group, dict) else None
        if not isinstance(reason, str) or not reason.strip() or not isinstance(group.get("changes"), list):
            report.error(
                "RC312",
                corrections.place(pointer),
                "a correction needs a reason and a list of changes",
                help="add the missing part",
            )
            continue
        for index, change in enumerate(group["changes"]):
            at = f"{pointer}/changes/{index}"
            keys = set(change) if isinstance(change, dict) else set()
            if not keys <= _CHANGE_KEYS or "at" not in keys or keys == {"at"} or not isinstance(change["at"], str):
                report.error(
                    "RC313", corrections.place(at), 'a change needs "at", and "was", "now" or both', help="correct the keys"
                )
            else:
                yield at, change


def _apply_one(root: dict[str, Any], change: dict[str, Any], place: Place, report: Report) -> None:
    at: str = change["at"]
    before = find(root, at)
    expected = change.get("was", ABSENT)
    if before is not expected and not (before == expected and type(before) is type(expected)):
        if before is ABSENT or expected is ABSENT:
            actual, wanted = ("nothing" if value is ABSENT else quoted(value) for value in (before, expected))
        else:
            actual, wanted = quote_diff(before, expected)
        report.error(
            "RC314",
            place,
            f"the correction no longer applies: the value at {at} is {actual}, not {wanted}",
            help="check whether the published schema was corrected; then remove or update the correction",
        )
    elif not put(root, at, change.get("now", ABSENT)):
        report.error("RC315", place, f"the place {at} does not exist, so its value cannot be set", help="correct the pointer")
