"""The models of the simulator, from the schema documents of the package, a folder or a list."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from os import PathLike
from pathlib import Path
from typing import Any, Final

from runcomfy_client.simulator.validation import check_schema_usable

Schemas = Iterable[Mapping[str, Any]] | str | PathLike[str] | None
"""Schema documents, or a folder of them, which is read recursively; None for those of the package."""

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class Model:
    """One model, as its schema document describes it."""

    model_id: str
    display_name: str
    description: str
    categories: tuple[str, ...]
    kind: str | None
    """The medium of the output: `VIDEO`, `IMAGE`, `AUDIO`, or None if it is not known."""
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any] | None
    base_price_usd: float | None = None
    """The listed price of one unit in USD; None if it is not known."""
    price_unit: str | None = None
    pricing_note: str | None = None
    price_table: Mapping[str, Any] | None = None
    """The prices by input, if a correction has them; the API's catalog has no such table."""
    incomplete: tuple[str, ...] = ()
    """Inputs whose structure is not known: the catalog lists them, but omits them from the schema."""

    def entry(self, *, origin: str, price_usd: float, with_schema: bool) -> dict[str, Any]:
        """Return the entry of the model in the format of the API's catalog."""
        properties = self.input_schema.get("properties", {})
        entry: dict[str, Any] = {
            "model_id": self.model_id,
            "display_name": self.display_name,
            "description": self.description,
            "kind": "model",
            "categories": list(self.categories),
            "base_price_usd": price_usd if self.base_price_usd is None else self.base_price_usd,
            "price_unit": "output" if self.base_price_usd is None else self.price_unit,
            "pricing_note": "Simulated: nothing is billed." if self.pricing_note is None else self.pricing_note,
            "model_url": f"{origin}/v1/models/{self.model_id}",
            "inputs": sorted(properties),
            "required_inputs": [name for name in sorted(properties) if name in self.input_schema.get("required", ())],
        }
        if not with_schema:
            return entry
        known = {name: value for name, value in properties.items() if name not in self.incomplete}
        schema = to_published_schema({**self.input_schema, "properties": known})
        return {**entry, **({"incomplete": list(self.incomplete)} if self.incomplete else {}), "input_schema": schema}

    def matches(self, search: str) -> bool:
        """Return True if a text occurs in the id, name or description, ignoring case."""
        return search.casefold() in "\n".join((self.model_id, self.display_name, self.description)).casefold()


class Catalog:
    """All models by id, in alphabetical order. Those of the package are read on first use.

    Raises:
        ValueError: a document is not a normalised schema document, or there are no documents.
    """

    def __init__(self, schemas: Schemas = None) -> None:
        self._schemas = schemas
        if schemas is not None:
            self._check()

    @cached_property
    def models(self) -> dict[str, Model]:
        """The models by id."""
        models = (_model(document, source) for source, document in _documents(self._schemas))
        return {model.model_id: model for model in sorted(models, key=lambda model: model.model_id)}

    def _check(self) -> None:
        if not self.models:
            raise ValueError("there are no schema documents (*.json) to simulate")
        for model in self.models.values():
            check_schema_usable(model.input_schema, model.model_id)

    def __getitem__(self, model_id: str) -> Model:
        return self.models[model_id]

    def __contains__(self, model_id: str) -> bool:
        return model_id in self.models

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models.values())

    def __len__(self) -> int:
        return len(self.models)

    def categories(self) -> list[str]:
        """Return all categories, in alphabetical order."""
        return sorted({category for model in self for category in model.categories})

    def page(self, query: Mapping[str, str], *, origin: str, price_usd: float) -> dict[str, Any]:
        """Return a page of the list of models.

        Raises:
            ValueError: `limit` or `offset` is out of range.
        """
        limit = _number(query, "limit", DEFAULT_LIMIT, range(1, MAX_LIMIT + 1))
        offset = _number(query, "offset", 0, range(0, 2**31))
        models = [model for model in self if model.matches(query.get("search", ""))]
        if query.get("category"):
            models = [model for model in models if query["category"] in model.categories]
        if query.get("kind", "model") != "model":
            models = []
        with_schema = is_true(query.get("include_schema"))
        entries = [
            model.entry(origin=origin, price_usd=price_usd, with_schema=with_schema) for model in models[offset : offset + limit]
        ]
        return {"models": entries, "total": len(models), "limit": limit, "offset": offset}


def is_true(value: str | None) -> bool:
    """Return True if a query parameter is `true`, `1` or `yes`."""
    return (value or "").casefold() in ("true", "1", "yes")


def to_published_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a normalised schema back to the published format: properties in alphabetical order, media as formats, and examples as
    defaults.
    """
    published: dict[str, Any] = {}
    for keyword, value in schema.items():
        match keyword:
            case "properties":
                published[keyword] = {name: to_published_schema(value[name]) for name in sorted(value)}
            case "items":
                published[keyword] = to_published_schema(value)
            case "examples":
                published["default"] = value[0]
            case "x-media":
                published["format"] = "uri" if value == "file" else f"{value}_uri"
            case "x-rules" | "additionalProperties":
                continue
            case _:
                published[keyword] = value
    return published


def _number(query: Mapping[str, str], name: str, default: int, possible: range) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) not in possible:
        raise ValueError(f"{name}: {text!r} is not an integer from {possible[0]} to {possible[-1]}")
    return int(text)


def _documents(schemas: Schemas) -> Iterator[tuple[str, Any]]:
    match schemas:
        case None:
            yield from _folder(files("runcomfy_client").joinpath("schemas"))
        case str() | PathLike():
            yield from _folder(Path(schemas))
        case _:
            yield from ((f"schema document {number}", document) for number, document in enumerate(schemas, 1))


def _folder(folder: Traversable) -> Iterator[tuple[str, Any]]:
    if not folder.is_dir():
        return
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _folder(item)
        elif item.name.endswith(".json"):
            try:
                yield str(item), json.loads(item.read_text(encoding="utf-8"))
            except ValueError as error:
                raise ValueError(f"{item}: not JSON: {error}") from None


def _model(document: Any, source: str) -> Model:
    if not isinstance(document, Mapping) or not isinstance(document.get("model_id"), str) or "input_schema" not in document:
        raise ValueError(f"{source}: not a schema document, which has `model_id` and `input_schema`")
    return Model(
        model_id=document["model_id"],
        display_name=document.get("display_name") or document["model_id"],
        description=document.get("description") or "",
        categories=tuple(document.get("categories") or ()),
        kind=document.get("kind"),
        input_schema=document["input_schema"],
        output_schema=document.get("output_schema"),
        base_price_usd=document.get("base_price_usd"),
        price_unit=document.get("price_unit"),
        pricing_note=document.get("pricing_note"),
        price_table=document.get("price_table"),
        incomplete=tuple(document.get("incomplete") or ()),
    )
