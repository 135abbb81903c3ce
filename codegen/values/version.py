"""Versions with three numbers, and the next version of a release."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

_FORM: Final = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})", re.ASCII)


class Step(IntEnum):
    """The part of the version that a release increases."""

    NOTHING = 0
    PATCH = 1
    """Texts, prices, bug fixes."""
    ADDITIVE = 2
    BREAKING = 3


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version `MAJOR.MINOR.PATCH`."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse a version; return None if the text is not one."""
        found = _FORM.fullmatch(text)
        return cls(*map(int, found.groups())) if found else None

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def after(self, step: Step) -> Version:
        """Return the version of the next release. In 0.x, breaking changes increase the second number, as additive ones do."""
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
"""The version of schemas that have not been released yet."""
