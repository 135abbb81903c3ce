"""Selects the validation errors to report for a union: those of the branch that fits best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Found: TypeAlias = "tuple[ErrorDetails, tuple[int, ...]]"
"""A fault, and at which places of its location the branch of a union is named."""


def best_branch_errors(found: Sequence[Found], level: int = 0) -> list[ErrorDetails]:
    """Return the errors of the best branch of each union, in their order; of branches that fit equally well, all."""
    unions: dict[tuple[int | str, ...], dict[int | str, list[Found]]] = {}
    for fault, branches in found:
        if len(branches) > level:
            at = branches[level]
            unions.setdefault(fault["loc"][:at], {}).setdefault(fault["loc"][at], []).append((fault, branches))
    if not unions:
        return [fault for fault, _ in found]
    dropped: set[int] = set()
    for place, by_branch in unions.items():
        scores = {branch: _branch_score(faults, len(place) + 1) for branch, faults in by_branch.items()}
        best = min(scores.values())
        choices = {
            _below(fault, place)
            for branch in by_branch
            if scores[branch] == best
            for fault, _ in by_branch[branch]
            if _is_choice(fault)
        }
        for branch, faults in by_branch.items():
            if scores[branch] != best:
                # where the best one turns a choice down, the choices of the others are alternatives
                dropped.update(id(fault) for fault, _ in faults if not (_is_choice(fault) and _below(fault, place) in choices))
    return best_branch_errors([one for one in found if id(one[0]) not in dropped], level + 1)


def _below(fault: ErrorDetails, place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    return fault["loc"][len(place) + 1 :]


def _is_choice(fault: ErrorDetails) -> bool:
    return fault["type"] in ("literal_error", "one_of")


def _branch_score(faults: list[Found], depth: int) -> tuple[bool, int, int]:
    """Return how badly a branch fits: by the type of the value, then the choices that distinguish objects, then all errors."""
    of_itself = [fault for fault, _ in faults if len(fault["loc"]) == depth]
    wrong_kind = any(_is_choice(fault) or fault["type"].endswith(("_type", "_from_float", "none_required")) for fault in of_itself)
    deeper = [fault for fault, _ in faults if len(fault["loc"]) > depth]
    return wrong_kind, sum(map(_is_choice, deeper)), len(faults)
