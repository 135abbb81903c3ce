"""Finds the class of a model by the model's id."""

from __future__ import annotations

from typing import Any

from runcomfy_client import models
from runcomfy_client.typed.endpoint import Request
from runcomfy_client.errors import UnknownModel
from runcomfy_client.models._index import MODELS


def model_class(model_id: str, /) -> type[Request[Any]]:
    """Return the request class of a model.

    Raises:
        UnknownModel: where no class was generated for this id. Call such a model with a `RawRequest`.
    """
    if not isinstance(model_id, str):
        called = f": call the class itself, {model_id.__name__}(...)" if isinstance(model_id, type) else ""
        raise TypeError(f"a model id is text such as 'vendor/name/variant', not {model_id!r:.100}{called}")
    name = MODELS.get(model_id)
    if name is None:
        from difflib import get_close_matches  # only where there is something to suggest

        near = get_close_matches(model_id, MODELS, n=3)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        step = f"Correct the id, or send RawRequest(model={model_id!r}, inputs=...), which is checked by the server alone."
        raise UnknownModel(f"There is no model of that id in this client{hint}", next_step=step, model_id=model_id)
    found: type[Request[Any]] = getattr(models, name)
    return found


def request(model_id: str, /, **inputs: Any) -> Request[Any]:
    """Build a request for a model that is known by its id alone, checked like any other.

    Raises:
        UnknownModel: where no class was generated for this id.
        InvalidInput: where an input is missing, unknown or out of its bounds.
    """
    return model_class(model_id)(**inputs)


__all__ = ["model_class", "request"]
