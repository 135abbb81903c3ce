"""The handlers that return pages, and the files that pages show."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Final

from starlette.requests import Request as HTTPRequest
from starlette.responses import FileResponse, Response

from runcomfy_client.files.allowed_folders import find_in_folders
from runcomfy_client.model_page.form import to_form
from runcomfy_client.model_page.page import PRICES, Card, find
from runcomfy_client.playground.context import PageContext, Refusal, page_context
from runcomfy_client.playground.files import type_of
from runcomfy_client.playground.pages import STATIC, assets
from runcomfy_client.quotes.book import Quote

_RUNS_PER_MODEL: Final = 12
_RUNS_PER_PAGE: Final = 48
_FILE_HEADERS: Final = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, max-age=3600"}
_MEDIA: Final = ("image", "video", "audio")
_FILTERS: Final = ("words", "medium", "category", "vendor", "price")


async def catalogue(request: HTTPRequest) -> Response:
    """Return the page with all models, or those that match the filters in the query. It works without scripts."""
    site = page_context(request)
    filters = {name: request.query_params.get(name, "") for name in _FILTERS}
    shown = frozenset(card.id for card in find(site.models.cards, **filters))
    return site.html("catalogue.html", cards=site.models.cards, shown=shown, filters=filters, **_choices(site.models.cards))


def _choices(cards: tuple[Card, ...]) -> dict[str, Any]:
    categories = Counter(word for card in cards for word in card.categories)
    vendors = Counter(card.vendor for card in cards)
    media = Counter(card.medium for card in cards if card.medium)
    return {
        "media": [medium for medium in _MEDIA if medium in media] + sorted(set(media) - set(_MEDIA)),
        "categories": sorted(categories.items()),
        "vendors": sorted(vendors.items()),
        "prices": list(PRICES.items()),
    }


async def model(request: HTTPRequest) -> Response:
    """Return the page of a model: its form, its latest runs, and the code. With `from`, the form has the inputs of a run."""
    site = page_context(request)
    model_id = request.path_params["model_id"]
    page = site.models.page(model_id)
    if page is None:
        return await not_found(request, Exception())
    form: dict[str, Any] = {}
    source = site.jobs.book.get(request.query_params.get("from", ""))
    if source is not None and source.row.model == model_id:
        form = to_form(page.fields, _inputs_of(site, source))
    checked = site.models.check(model_id, form, site.settings.folders)
    return site.html(
        "model.html",
        page=page,
        price=checked.price,
        code=checked.code,
        runs=site.views(_RUNS_PER_MODEL, model=model_id),
        data={"model": model_id, "form": form, "example": page.example, "restore": source is None},
    )


def _inputs_of(site: PageContext, quote: Quote) -> dict[str, Any]:
    """Return the inputs of a job, with the paths of its local files."""
    inputs: Any = json.loads(quote.row.body)
    for place, path in site.jobs.book.ledger.query("SELECT place, path FROM inputs WHERE key = ?", (quote.key,)):
        *steps, last = json.loads(place)
        holder = inputs
        for step in steps:
            holder = holder[step]
        holder[last] = path
    with_paths: dict[str, Any] = inputs
    return with_paths


async def runs(request: HTTPRequest) -> Response:
    """Return a page of the list of jobs, newest first."""
    site = page_context(request)
    site.jobs.book.mark_interrupted()
    text = request.query_params.get("page", "1")
    page = int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text) else 1
    views = site.views(_RUNS_PER_PAGE + 1, skip=(page - 1) * _RUNS_PER_PAGE)
    return site.html("runs.html", runs=views[:_RUNS_PER_PAGE], page=page, has_more=len(views) > _RUNS_PER_PAGE)


async def run(request: HTTPRequest) -> Response:
    """Return the page of one job."""
    site = page_context(request)
    try:
        return site.html("run.html", run=site.view(site.quote_of(request)))
    except Refusal:
        return await not_found(request, Exception())


async def card(request: HTTPRequest) -> Response:
    """Return the HTML of one job, as a part of a page."""
    site = page_context(request)
    return site.html("run_card.html", run=site.view(site.quote_of(request)))


async def output_file(request: HTTPRequest) -> Response:
    """Return an output file of a job."""
    site = page_context(request)
    saved = site.jobs.book.ledger.files(site.quote_of(request).row)
    number = request.path_params["number"]
    file = find_in_folders(saved[number].path, (site.settings.out,)) if number < len(saved) else None
    if file is None:
        raise Refusal(404, "This file is no longer in its folder.")
    kind = type_of(file.path)
    download = "download" in request.query_params or not kind.shown_as
    return FileResponse(
        file.path,
        media_type=kind.mime,
        filename=file.path.name,
        content_disposition_type="attachment" if download else "inline",
        headers=_FILE_HEADERS,
    )


async def input_file(request: HTTPRequest) -> Response:
    """Return a local file for its preview as an input: only images, videos and audio files below the allowed folders."""
    site = page_context(request)
    file = find_in_folders(request.path_params["path"], site.settings.folders)
    kind = type_of(file.path) if file is not None else None
    if file is None or kind is None or not kind.shown_as:
        raise Refusal(404, "There is no image, video or audio file with this name below the allowed folders.")
    return FileResponse(file.path, media_type=kind.mime, headers=_FILE_HEADERS)


async def static(request: HTTPRequest) -> Response:
    """Return a static file."""
    digest, contents = assets()
    name = request.path_params["name"]
    if name not in contents or digest != request.path_params["digest"]:
        raise Refusal(404, "The file does not exist.")
    return Response(contents[name], media_type=STATIC[name], headers={"Cache-Control": "private, max-age=31536000, immutable"})


async def not_found(request: HTTPRequest, _error: Exception) -> Response:
    """Return the page for an unknown address."""
    return page_context(request).html("error.html", 404, title="Page not found", text="There is no page at this address.")


async def broken(request: HTTPRequest, _error: Exception) -> Response:
    """Return the page for an unexpected error, without its traceback."""
    text = "The playground has a bug. The terminal shows the traceback. Submitted jobs continue."
    return page_context(request).html("error.html", 500, title="Unexpected error", text=text)
