"""Versions of three numbers, and the one that follows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

_FORM: Final = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})", re.ASCII)


class Step(IntEnum):
    """How far a release goes beyond the last one."""

    NOTHING = 0
    PATCH = 1
    """Texts, prices, mended faults."""
    ADDITIVE = 2
    BREAKING = 3


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the version that a text says, or None where it says none."""
        found = _FORM.fullmatch(text)
        return cls(*map(int, found.groups())) if found else None

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def after(self, step: Step) -> Version:
        """Return the version of the next release. While it is 0.x, what breaks raises the second number, as does what is new."""
        match step:
            case Step.BREAKING if self.major:
                return Version(self.major + 1, 0, 0)
            case Step.BREAKING | Step.ADDITIVE:
                return Version(self.major, self.minor + 1, 0)
            case Step.PATCH:
                return Version(self.major, self.minor, self.patch + 1)
            case Step.NOTHING:
                return self


FIRST: Final = Version(0, 1, 0)
"""The version of schemas that were never released."""
