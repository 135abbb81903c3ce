"""Selects the validation errors to report for a union: those of the branch that matches best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

LocatedError: TypeAlias = "tuple[ErrorDetails, tuple[int, ...]]"
"""An error, and the indices in its location that are branches of unions."""


def best_branch_errors(located: Sequence[LocatedError], level: int = 0) -> list[ErrorDetails]:
    """Return the errors of the best branch of each union, in their order. If several branches match equally well, return all."""
    unions: dict[tuple[int | str, ...], dict[int | str, list[LocatedError]]] = {}
    for error, branches in located:
        if len(branches) > level:
            index = branches[level]
            unions.setdefault(error["loc"][:index], {}).setdefault(error["loc"][index], []).append((error, branches))
    if not unions:
        return [error for error, _ in located]
    dropped: set[int] = set()
    for path, by_branch in unions.items():
        scores = {branch: _branch_score(errors, len(path) + 1) for branch, errors in by_branch.items()}
        best = min(scores.values())
        choices = {
            _below(error, path)
            for branch in by_branch
            if scores[branch] == best
            for error, _ in by_branch[branch]
            if _is_choice(error)
        }
        for branch, errors in by_branch.items():
            if scores[branch] != best:
                # if the best branch rejects a choice, the choices of the other branches are alternatives
                dropped.update(id(error) for error, _ in errors if not (_is_choice(error) and _below(error, path) in choices))
    return best_branch_errors([item for item in located if id(item[0]) not in dropped], level + 1)


def _below(error: ErrorDetails, path: tuple[int | str, ...]) -> tuple[int | str, ...]:
    return error["loc"][len(path) + 1 :]


def _is_choice(error: ErrorDetails) -> bool:
    return error["type"] in ("literal_error", "one_of")


def _branch_score(errors: list[LocatedError], depth: int) -> tuple[bool, int, int]:
    """Return how badly a branch matches: by the type of the value, then the choices that distinguish objects, then all errors."""
    own = [error for error, _ in errors if len(error["loc"]) == depth]
    wrong_kind = any(_is_choice(error) or error["type"].endswith(("_type", "_from_float", "none_required")) for error in own)
    deeper = [error for error, _ in errors if len(error["loc"]) > depth]
    return wrong_kind, sum(map(_is_choice, deeper)), len(errors)
