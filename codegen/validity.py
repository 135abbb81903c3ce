"""Whether a value is valid by a normalised schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator


def fits(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    """Whether `value` is valid by `schema`, a part of `root`; both normalised."""
    return bool(Draft202012Validator({"$defs": root.get("$defs", {}), **schema}).is_valid(value))
