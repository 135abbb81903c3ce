"""Finds the class of a model by its id, and reads the schema documents that ship with this package."""

from __future__ import annotations

import json
import pkgutil  # not importlib.resources, which imports 30 modules to read one file
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import runcomfy_client.models as models  # `from runcomfy_client import models` would look for an attribute first
from runcomfy_client.errors import UnknownModel
from runcomfy_client.models._index import EXPORTS, MODELS

if TYPE_CHECKING:
    from runcomfy_client.requests import Request


def model_class(model_id: str, /) -> type[Request[Any]]:
    """Return the request class of a model.

    Raises:
        UnknownModel: no class was generated for this id. Use a `RawRequest` for such a model.
        TypeError: `model_id` is not a string.
    """
    if not isinstance(model_id, str):
        called = f": call the class itself, {model_id.__name__}(...)" if isinstance(model_id, type) else ""
        raise TypeError(f"a model id is a string such as 'vendor/name/variant', not {model_id!r:.100}{called}")
    request_class: type[Request[Any]] = getattr(models, _class_name(model_id))
    return request_class


def _class_name(model_id: str) -> str:
    name = MODELS.get(model_id)
    if name is None:
        near = near_misses(model_id)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        step = f"Correct the id, or send RawRequest(model={model_id!r}, inputs=...), which only the server checks."
        raise UnknownModel(f"This client has no model with this id{hint}", next_step=step, model_id=model_id)
    return name


def request(model_id: str, /, **inputs: Any) -> Request[Any]:
    """Build a request for the model with this id. The inputs are validated like those of the model's class.

    Raises:
        UnknownModel: no class was generated for this id.
        InvalidInput: an input is missing, unknown or out of range.
    """
    return model_class(model_id)(**inputs)


@dataclass(frozen=True, slots=True)
class ModelDocument:
    """The schema document of one model. Its texts are untrusted: escape them before printing."""

    raw: dict[str, Any]

    @property
    def model_id(self) -> str:
        """The model's id."""
        return str(self.raw["model_id"])

    @property
    def name(self) -> str:
        """The display name; empty if it has none."""
        return str(self.raw.get("display_name") or "")

    @property
    def description(self) -> str:
        """The description; empty if it has none."""
        return str(self.raw.get("description") or "")

    @property
    def kind(self) -> str:
        """The medium of the output in lower case, such as `video`; empty if it is not known."""
        return str(self.raw.get("kind") or "").lower()

    @property
    def categories(self) -> list[str]:
        """The categories."""
        return [str(word) for word in self.raw.get("categories", ())]

    @property
    def properties(self) -> dict[str, Any]:
        """The JSON Schemas of the inputs, by documented name."""
        return dict(self.raw["input_schema"].get("properties", {}))

    @property
    def required(self) -> frozenset[str]:
        """The names of the required inputs."""
        return frozenset(self.raw["input_schema"].get("required", ()))


def document_of(model_id: str) -> ModelDocument:
    """Return the schema document of a model.

    Raises:
        UnknownModel: no class was generated for this id, so there is no document.
    """
    path = f"schemas/{EXPORTS[_class_name(model_id)].replace('.', '/')}.json"
    return ModelDocument(json.loads(pkgutil.get_data("runcomfy_client", path) or b""))


def model_ids() -> tuple[str, ...]:
    """Return the ids of all models, sorted. Reads no document."""
    return tuple(sorted(MODELS))


@cache
def all_documents() -> tuple[ModelDocument, ...]:
    """Return the documents of all models, sorted by id."""
    return tuple(map(document_of, model_ids()))


def near_misses(model_id: str) -> list[str]:
    """Return up to three similar model ids, best match first: ids that contain the words, or else ids with a similar spelling."""
    from difflib import get_close_matches

    known = list(model_ids())
    words = model_id.lower().replace("/", " ").split()
    containing = [name for name in known if words and all(word in name.lower() for word in words)]
    return get_close_matches(model_id, containing, n=3, cutoff=0.0) or get_close_matches(model_id, known, n=3, cutoff=0.4)
