"""The models that the playground shows, and the check of a form: problems, a validated request, its price, and code."""

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
    """The estimated cost of a run as text.

    Attributes:
        amount: the amount.
        basis: how it is computed, or why it is not known.
    """

    amount: str
    basis: str

    @classmethod
    def of(cls, estimate: Estimate) -> Self:
        """Format an estimate."""
        if estimate.usd is None:
            return cls("Price not known", estimate.basis)
        return cls(f"{'' if estimate.exact else 'About '}{money(estimate.usd)}", estimate.basis)


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of checking a form.

    Attributes:
        request: the validated request; None if there are problems.
        problems: the problems of the inputs.
        price: the estimated cost.
        code: the code for the inputs, also if they have problems.
    """

    request: Request[Any] | None
    problems: tuple[Problem, ...]
    price: Price
    code: tuple[Code, ...]


class Models:
    """The models by id, with their pages.

    Args:
        documents: the schema documents of the models; by default, those of this package.
        class_of: returns the request class of a model; inputs of a model without a class are sent without validation.
    """

    def __init__(
        self, documents: Iterable[ModelDocument] | None = None, class_of: Callable[[str], type[Request[Any]]] = model_class
    ) -> None:
        documents = all_documents() if documents is None else documents
        self._documents = {document.model_id: document for document in documents}
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
        """Return the page of a model; None if the model does not exist."""
        document = self._documents.get(model_id)
        if document is None:
            return None
        if model_id not in self._pages:
            self._pages[model_id] = model_page(document, is_newest=model_id in self._newest)
        return self._pages[model_id]

    def request_class(self, model_id: str) -> type[Request[Any]] | None:
        """Return the request class of a model; None if it has none."""
        try:
            return self._class_of(model_id)
        except UnknownModel:
            return None

    def check(self, model_id: str, form: Mapping[str, Any], folders: tuple[Path, ...]) -> Checked:
        """Parse and validate a form. Local files are allowed as inputs only below `folders`. Nothing is sent.

        Raises:
            KeyError: the model does not exist.
        """
        raw = self._documents[model_id].raw
        page = self.page(model_id)
        assert page is not None
        inputs, problems = read_form(page.fields, form)
        model = self.request_class(model_id)
        name = model_id if model is None else model.__name__
        resolved: Mapping[str, Any] = inputs
        try:
            resolved = with_local_files(raw["input_schema"], inputs, folders, class_name=name)
        except InvalidInput as error:
            problems.extend(error.problems)
        request, more = _build(model, model_id, resolved)
        known = {problem.field for problem in problems}
        problems.extend(problem for problem in more if problem.field not in known)
        code = code_for(model, raw, resolved)
        if request is None or problems:
            basis = "depends on the inputs" if page.card.price else "no price is published for this model in this client"
            price = Price(page.card.price[:1].upper() + page.card.price[1:] or "Price not known", basis)
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
