"""Rules between the inputs of one request that JSON Schema cannot say. They are data in the generated classes; what they mean is
here.

Where a model documents such a rule in prose only, the project's corrections state it in this form, and the simulator checks it a
second time, on its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from runcomfy_client.schema.inputs import Inputs


class Rule(Protocol):
    """A rule over a whole request."""

    def violation(self, inputs: Inputs) -> str | None:
        """Return how the inputs violate the rule, or None."""


@dataclass(frozen=True, slots=True)
class SumEquals:
    """The values of `part` in the objects of list `items` add up to `total`; an empty or missing list is exempt.

    All three are Python field names. A value that is not sent counts as the server's default.
    """

    items: str
    part: str
    total: str

    def violation(self, inputs: Inputs) -> str | None:
        """Return by how much the sum is off, or None."""
        entries = getattr(inputs, self.items)
        total = _effective_value(inputs, self.total)
        if not entries or total is None:
            return None
        parts = [_effective_value(entry, self.part) for entry in entries]
        if any(part is None for part in parts) or sum(parts) == total:
            return None
        return f"the `{self.part}` values of `{self.items}` add up to {sum(parts)}, but `{self.total}` is {total}"


def _effective_value(inputs: Inputs, name: str) -> Any:
    """Return the value that the server will use: the one that is sent, else its default, else None."""
    value = getattr(inputs, name)
    return type(inputs).model_fields[name].default if value is None else value
