"""The context that all handlers share: the models, the jobs, and responses that never contain the token."""

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
"""The maximum size of a form, in bytes."""
_NO_STORE: Final = {"Cache-Control": "no-store"}


class Refusal(Exception):
    """A request of the page was rejected.

    Attributes:
        status: the HTTP status of the response.
        message: the reason, and what to do.
        more: more members of the JSON response.
    """

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.more = more


class PageContext:
    """The models and jobs that all handlers share, and helpers for responses."""

    def __init__(self, models: Models, jobs: Jobs) -> None:
        self.models = models
        self.jobs = jobs
        self.settings = jobs.settings
        self._token = jobs.client._session.settings.token if jobs.settings.live else None

    def clean(self, text: str) -> str:
        """Return untrusted text with its control characters escaped."""
        return escape_control_chars(text, max_length=1000)

    def _redacted(self, text: str) -> str:
        """Return a text without the token, which a server may have echoed."""
        return text if self._token is None else self._token.redact(text)

    def html(self, template: str, status: int = 200, **values: Any) -> Response:
        """Return a response with a page."""
        text = render(template, live=self.settings.live, **values)
        return HTMLResponse(self._redacted(text), status, headers=_NO_STORE)

    def json(self, value: Mapping[str, Any], status: int = 200) -> Response:
        """Return a response with JSON."""
        text = self._redacted(json.dumps(value))
        return Response(text, status, headers=_NO_STORE, media_type="application/json")

    def view(self, quote: Quote) -> JobView:
        """Return the view of a job."""
        return job_view(self.jobs, quote, self.name_of, self.settings.out)

    def views(self, limit: int, *, model: str | None = None, skip: int = 0) -> list[JobView]:
        """Return the views of the latest jobs, newest first. Quotes that were not submitted are omitted."""
        return [self.view(quote) for quote in self.jobs.book.latest(limit, model=model, skip=skip)]

    def name_of(self, model_id: str) -> tuple[str, str]:
        """Return the name and the medium of a model. An id that is not in the catalog is its own name."""
        page = self.models.page(model_id)
        if page is None:
            return escape_control_chars(model_id, max_length=200), ""
        return page.card.name, page.card.medium

    def quote_of(self, request: HTTPRequest) -> Quote:
        """Return the quote whose key is in the path of a request.

        Raises:
            Refusal: the quote does not exist.
        """
        self.jobs.book.mark_interrupted()
        quote = self.jobs.book.get(request.path_params["key"])
        if quote is None:
            raise Refusal(404, "This run does not exist. The page Runs lists all runs.")
        return quote


def page_context(request: HTTPRequest) -> PageContext:
    """Return the context that the handlers share."""
    site: PageContext = request.app.state.site
    return site


async def body_of(request: HTTPRequest) -> dict[str, Any]:
    """Return the JSON object in the body of a request.

    Raises:
        Refusal: the body is not a JSON object, or too large.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "This address accepts only JSON.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refusal(413, f"The inputs have more than {MAX_BODY // 1_048_576} MiB of text. Shorten them.")
    try:
        value = strict_json(body.decode("utf-8"))
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # raises an error for a lone surrogate
    except ValueError as error:
        raise Refusal(400, f"The inputs are not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Refusal(400, "The inputs are not a JSON object.")
    return value
