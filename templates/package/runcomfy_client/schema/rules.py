"""Rules between the inputs of one request that JSON Schema cannot express. Generated classes contain them as data.

If a model documents such a rule only in prose, the project's corrections define it in this form. The simulator has its own
implementation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from runcomfy_client.schema.inputs import Inputs


class Rule(Protocol):
    """A rule for a whole request."""

    def violation(self, inputs: Inputs) -> str | None:
        """Return how the inputs violate the rule; None if they do not."""


@dataclass(frozen=True, slots=True)
class SumEquals:
    """The values of `part` in the objects of the list `items` add up to `total`, unless the list is empty or missing.

    For a value that is not sent, the server's default counts.

    Attributes:
        items, part, total: Python names of fields.
    """

    items: str
    part: str
    total: str

    def violation(self, inputs: Inputs) -> str | None:
        """Return a message if the sum is not equal to the total; None if it is."""
        entries = getattr(inputs, self.items)
        total = _effective_value(inputs, self.total)
        if not entries or total is None:
            return None
        parts = [_effective_value(entry, self.part) for entry in entries]
        if any(part is None for part in parts) or sum(parts) == total:
            return None
        return f"the `{self.part}` values of `{self.items}` add up to {sum(parts)}, but `{self.total}` is {total}"


def _effective_value(inputs: Inputs, name: str) -> Any:
    """Return the value that the server will use: the one that is sent, or else its default, or else None."""
    value = getattr(inputs, name)
    return type(inputs).model_fields[name].default if value is None else value
