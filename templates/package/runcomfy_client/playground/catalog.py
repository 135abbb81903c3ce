"""The models that the playground shows, and what it makes of a form: inputs, problems, a checked request, a price, code."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from runcomfy_client.catalog import ModelDocument, all_documents, model_class
from runcomfy_client.errors import InvalidInput, Problem, UnknownModel
from runcomfy_client.files.allowed_folders import with_local_files
from runcomfy_client.model_page.code import Code, code_for
from runcomfy_client.model_page.form import read_form
from runcomfy_client.model_page.page import Card, ModelPage, cards, model_page
from runcomfy_client.prices import Estimate
from runcomfy_client.quotes.budget import money
from runcomfy_client.quotes.price import estimate_of
from runcomfy_client.requests import RawRequest, Request


@dataclass(frozen=True, slots=True)
class Price:
    """What a run is expected to cost: the amount in words, and how it is computed or why it is not known."""

    amount: str
    basis: str

    @classmethod
    def of(cls, estimate: Estimate) -> Self:
        """Write an estimate in words."""
        if estimate.usd is None:
            return cls("Price not known", estimate.basis)
        return cls(f"{'' if estimate.exact else 'About '}{money(estimate.usd)}", estimate.basis)


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a form: the request, or the problems that are in its way; the code as far as it goes."""

    request: Request[Any] | None
    problems: tuple[Problem, ...]
    price: Price
    code: tuple[Code, ...]


class Models:
    """The models by id, with their pages. By default those of this package.

    Args:
        documents: schema documents to show instead.
        class_of: finds the request class of a model; a model without one is sent unchecked.
    """

    def __init__(
        self, documents: Iterable[ModelDocument] | None = None, class_of: Callable[[str], type[Request[Any]]] = model_class
    ) -> None:
        found = all_documents() if documents is None else documents
        self._documents = {document.model_id: document for document in found}
        self._class_of = class_of
        self._pages: dict[str, ModelPage] = {}

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """All models as a list."""
        return cards(self._documents.values())

    @cached_property
    def _newest(self) -> frozenset[str]:
        return frozenset(card.id for card in self.cards if card.is_newest)

    def page(self, model_id: str) -> ModelPage | None:
        """Return the page of a model; None when there is no such model."""
        document = self._documents.get(model_id)
        if document is None:
            return None
        if model_id not in self._pages:
            self._pages[model_id] = model_page(document, is_newest=model_id in self._newest)
        return self._pages[model_id]

    def request_class(self, model_id: str) -> type[Request[Any]] | None:
        """Return the request class of a model; None when it has none."""
        try:
            return self._class_of(model_id)
        except UnknownModel:
            return None

    def check(self, model_id: str, form: Mapping[str, Any], folders: tuple[Path, ...]) -> Checked:
        """Read a form, and check what it gives. Local files are inputs where they are below `folders`. Nothing is sent.

        Raises:
            KeyError: there is no such model.
        """
        raw = self._documents[model_id].raw
        page = self.page(model_id)
        assert page is not None
        inputs, problems = read_form(page.fields, form)
        model = self.request_class(model_id)
        name = model_id if model is None else model.__name__
        given: Mapping[str, Any] = inputs
        try:
            given = with_local_files(raw["input_schema"], inputs, folders, class_name=name)
        except InvalidInput as error:
            problems.extend(error.problems)
        request, found = _build(model, model_id, given)
        known = {problem.field for problem in problems}
        problems.extend(problem for problem in found if problem.field not in known)
        code = code_for(model, raw, given)
        if request is None or problems:
            rest = "the inputs decide" if page.card.price else "no price is published for this model in this client"
            price = Price(page.card.price[:1].upper() + page.card.price[1:] or "Price not known", rest)
            return Checked(None, tuple(problems), price, code)
        return Checked(request, (), Price.of(estimate_of(request)), code)


def _build(
    model: type[Request[Any]] | None, model_id: str, inputs: Mapping[str, Any]
) -> tuple[Request[Any] | None, tuple[Problem, ...]]:
    try:
        if model is None:
            return RawRequest(model=model_id, inputs=dict(inputs)), ()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the page of a retired model says so
            return model(**inputs), ()
    except InvalidInput as error:
        return None, error.problems
