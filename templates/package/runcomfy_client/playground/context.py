"""What all handlers share: the models, the jobs, and answers that never hold the token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request as HTTPRequest
from starlette.responses import HTMLResponse, Response

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client._core.value_parsing import strict_json
from runcomfy_client.playground.catalog import Models
from runcomfy_client.playground.job_view import JobView, job_view
from runcomfy_client.playground.jobs import Jobs
from runcomfy_client.playground.pages import render
from runcomfy_client.quotes.book import Quote

MAX_BODY: Final = 4 * 1024 * 1024
"""Bytes that a form may have."""
_NO_STORE: Final = {"Cache-Control": "no-store"}


class Refusal(Exception):
    """A request of the page is not carried out; `message` says why, and what to do."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.more = more


class PageContext:
    """What all handlers share."""

    def __init__(self, models: Models, jobs: Jobs) -> None:
        self.models = models
        self.jobs = jobs
        self.settings = jobs.settings
        self._token = jobs.client._session.settings.token if jobs.settings.live else None

    def clean(self, text: str) -> str:
        """Return a text from outside without control characters."""
        return escape_control_chars(text, max_length=1000)

    def _redacted(self, text: str) -> str:
        """Return a text without the token, should somebody have echoed it."""
        return text if self._token is None else self._token.redact(text)

    def html(self, template: str, status: int = 200, **values: Any) -> Response:
        """Answer with a page."""
        text = render(template, live=self.settings.live, **values)
        return HTMLResponse(self._redacted(text), status, headers=_NO_STORE)

    def json(self, value: Mapping[str, Any], status: int = 200) -> Response:
        """Answer with JSON."""
        text = self._redacted(json.dumps(value))
        return Response(text, status, headers=_NO_STORE, media_type="application/json")

    def view(self, quote: Quote) -> JobView:
        """Return how a job is shown."""
        return job_view(self.jobs, quote, self.name_of, self.settings.out)

    def views(self, limit: int, *, model: str | None = None, skip: int = 0) -> list[JobView]:
        """Return the last jobs, the newest first. Quotes that nobody has sent are none."""
        return [self.view(quote) for quote in self.jobs.book.latest(limit, model=model, skip=skip)]

    def name_of(self, model_id: str) -> tuple[str, str]:
        """Return the name of a model and what it makes, also of one that is not there any more."""
        page = self.models.page(model_id)
        if page is None:
            return escape_control_chars(model_id, max_length=200), ""
        return page.card.name, page.card.medium

    def quote_of(self, request: HTTPRequest) -> Quote:
        """Return the job that an address names.

        Raises:
            Refusal: there is none.
        """
        self.jobs.book.settle_dead()
        found = self.jobs.book.get(request.path_params["key"])
        if found is None:
            raise Refusal(404, "There is no such run. Open the page Runs: it lists all.")
        return found


def page_context(request: HTTPRequest) -> PageContext:
    """Return what the handlers share."""
    site: PageContext = request.app.state.site
    return site


async def body_of(request: HTTPRequest) -> dict[str, Any]:
    """Return the JSON object that a page has sent.

    Raises:
        Refusal: it is none, or too large.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "This address takes JSON.")
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        if len(held) > MAX_BODY:
            raise Refusal(413, f"The inputs have more than {MAX_BODY // 1_048_576} MiB of text. Shorten them.")
    try:
        found = strict_json(held.decode("utf-8"))
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no text
    except ValueError as error:
        raise Refusal(400, f"The inputs are not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Refusal(400, "The inputs are not a JSON object.")
    return found
