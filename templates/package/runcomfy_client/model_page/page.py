"""The views of a model: its page, and its card in the list of all models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.catalog import ModelDocument
from runcomfy_client.model_page.fields import FieldView, field_views, label_of
from runcomfy_client.model_page.form import to_form
from runcomfy_client.prices import price_words, to_decimal, usd_text

_VERSION: Final = re.compile(r"[a-z]?\d+(?:\.\d+)*")
PRICES: Final[Mapping[str, str]] = {
    "known": "Price known",
    "0.05": "Up to $0.05 per unit",
    "0.20": "Up to $0.20 per unit",
    "1": "Up to $1 per unit",
    "unknown": "Price not known",
}
"""The choices of the filter by price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A model in the list of all models.

    Attributes:
        id: the model's id.
        shown_id: the id with control characters escaped.
        name, about, vendor, medium, categories: from the documentation, with control characters escaped.
        price: a short price, such as `from $0.17 per second`; empty if none is published.
        usd: the lowest price of a unit in USD; None if none is published.
        is_newest: True if it has the highest version of its family, and the family has lower versions.
        retired: the date since which the catalog does not list it; empty if it does.
    """

    id: str
    shown_id: str
    name: str
    about: str
    vendor: str
    medium: str
    categories: tuple[str, ...]
    price: str
    usd: Decimal | None
    is_newest: bool
    retired: str

    @property
    def text(self) -> str:
        """The text that a search matches, in lower case."""
        return " ".join([self.shown_id, self.name, self.about, self.medium, *self.categories]).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPage:
    """The page of one model.

    Attributes:
        card: its card.
        class_name: the name of its request class.
        price_words: the published price as text.
        pricing_note: the catalog's note about the price.
        fields: its inputs.
        example: a form with the documented sample inputs.
    """

    card: Card
    class_name: str
    price_words: str
    pricing_note: str
    fields: tuple[FieldView, ...]
    example: dict[str, Any]


def model_page(document: ModelDocument, *, is_newest: bool = False) -> ModelPage:
    """Return the page of a model."""
    fields = field_views(document.raw)
    return ModelPage(
        card=card_of(document, is_newest=is_newest),
        class_name=str(document.raw.get("class_name") or ""),
        price_words=escape_control_chars(price_words(document.raw)),
        pricing_note=escape_control_chars(document.raw.get("pricing_note") or "", keep_newlines=True),
        fields=fields,
        example=to_form(fields, document.raw.get("example") or {}),
    )


def cards(documents: Iterable[ModelDocument]) -> tuple[Card, ...]:
    """Return the list of all models, sorted by vendor, and newest first within a vendor. Retired models come last."""
    models = list(documents)
    newest = newest_ids([document.model_id for document in models])
    unsorted = [card_of(document, is_newest=document.model_id in newest) for document in models]
    return tuple(sorted(unsorted, key=lambda card: (bool(card.retired), card.vendor, _descending(card.id), card.id)))


def find(
    models: Sequence[Card], *, words: str = "", medium: str = "", category: str = "", vendor: str = "", price: str = ""
) -> list[Card]:
    """Return the models that match all filters. An empty filter matches all models."""
    terms = words.lower().split()
    return [
        card
        for card in models
        if all(term in card.text for term in terms)
        and medium in ("", card.medium)
        and (not category or category in card.categories)
        and vendor in ("", card.vendor)
        and _matches_price(card, price)
    ]


def _matches_price(card: Card, price: str) -> bool:
    match price:
        case "":
            return True
        case "known":
            return card.usd is not None
        case "unknown":
            return card.usd is None
        case _:
            limit = to_decimal(price)
            return limit is not None and card.usd is not None and card.usd <= limit


def newest_ids(model_ids: Iterable[str]) -> frozenset[str]:
    """Return the ids of models with the highest version of their family, if the family has several versions.

    A family is a vendor with a name without its version: `wan-ai/wan-3.0/...` is newer than `wan-ai/wan-2.7/...`.
    """
    families: dict[str, dict[tuple[int, ...], list[str]]] = {}
    for model_id in model_ids:
        family, version = family_of(model_id)
        if version:
            families.setdefault(family, {}).setdefault(version, []).append(model_id)
    return frozenset(name for versions in families.values() if len(versions) > 1 for name in versions[max(versions)])


def family_of(model_id: str) -> tuple[str, tuple[int, ...]]:
    """Return the family and the version of a model; the version is empty if its name has none."""
    vendor, _, rest = model_id.partition("/")
    words = rest.partition("/")[0].split("-")
    for index, word in enumerate(words):
        if index and _VERSION.fullmatch(word):
            letter = word[0] if word[0].isalpha() else ""
            version = tuple(int(number) for number in word.lstrip("abcdefghijklmnopqrstuvwxyz").split("."))
            return "/".join([vendor, *words[:index], letter]), version
    return model_id, ()


def _descending(model_id: str) -> tuple[str, tuple[int, ...]]:
    family, version = family_of(model_id)
    return family, tuple(-number for number in version)


def card_of(document: ModelDocument, *, is_newest: bool = False) -> Card:
    """Return the card of a model."""
    raw = document.raw
    usd, price = _price(raw)
    name = escape_control_chars(document.name, max_length=200)
    shown_id = escape_control_chars(document.model_id, max_length=300)
    return Card(
        id=document.model_id,
        shown_id=shown_id,
        name=name or label_of(shown_id),
        about=escape_control_chars(document.description, max_length=600),
        vendor=escape_control_chars(document.model_id.partition("/")[0], max_length=100),
        medium=escape_control_chars(document.kind, max_length=30),
        categories=tuple(escape_control_chars(word, max_length=60) for word in document.categories),
        price=price,
        usd=usd,
        is_newest=is_newest,
        retired=escape_control_chars(raw.get("retired") or "", max_length=30),
    )


def _price(raw: Mapping[str, Any]) -> tuple[Decimal | None, str]:
    table = raw.get("price_table")
    if table:
        usd = table["usd"]
        steps = [*(usd.values() if isinstance(usd, Mapping) else [{"": usd}]), *table.get("factors", {}).values()]
        lowest = Decimal(1)
        for step in steps:
            lowest *= min(Decimal(str(rate)) for rate in step.values())
        start = "from " if any(len(step) > 1 for step in steps) else ""
        return lowest, f"{start}${usd_text(lowest)} per {escape_control_chars(table['unit'], max_length=30)}"
    usd = to_decimal(raw.get("base_price_usd"))
    if usd is None:
        return None, ""
    unit = escape_control_chars(raw.get("price_unit") or "run", max_length=30)
    return usd, f"from ${usd_text(usd)} per {unit}"
