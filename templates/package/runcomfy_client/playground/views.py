"""The pages as answers, and the files that they show."""

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

_RUNS_OF_A_MODEL: Final = 12
_RUNS_OF_A_PAGE: Final = 48
_FILE_HEADERS: Final = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, max-age=3600"}
_MEDIA: Final = ("image", "video", "audio")
_FILTERS: Final = ("words", "medium", "category", "vendor", "price")


async def catalogue(request: HTTPRequest) -> Response:
    """Show all models, or those that fit the filters of the address. Links and a form do, where there are no scripts."""
    site = page_context(request)
    chosen = {name: request.query_params.get(name, "") for name in _FILTERS}
    shown = frozenset(card.id for card in find(site.models.cards, **chosen))
    return site.html("catalogue.html", cards=site.models.cards, shown=shown, chosen=chosen, **_choices(site.models.cards))


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
    """Show a model: its form, its last runs, and the code. With `from`, the form holds the inputs of a run."""
    site = page_context(request)
    model_id = request.path_params["model_id"]
    page = site.models.page(model_id)
    if page is None:
        return await not_found(request, Exception())
    form: dict[str, Any] = {}
    given = site.jobs.book.get(request.query_params.get("from", ""))
    if given is not None and given.row.model == model_id:
        form = to_form(page.fields, _inputs_of(site, given))
    checked = site.models.check(model_id, form, site.settings.folders)
    return site.html(
        "model.html",
        page=page,
        price=checked.price,
        code=checked.code,
        runs=site.views(_RUNS_OF_A_MODEL, model=model_id),
        data={"model": model_id, "form": form, "example": page.example, "restore": given is None},
    )


def _inputs_of(site: PageContext, quote: Quote) -> dict[str, Any]:
    """Return the inputs of a job; where it had local files, with their paths."""
    inputs: Any = json.loads(quote.row.body)
    for place, path in site.jobs.book.ledger.query("SELECT place, path FROM inputs WHERE key = ?", (quote.key,)):
        *steps, last = json.loads(place)
        holder = inputs
        for step in steps:
            holder = holder[step]
        holder[last] = path
    found: dict[str, Any] = inputs
    return found


async def runs(request: HTTPRequest) -> Response:
    """Show the jobs of the ledger, the newest first, page by page."""
    site = page_context(request)
    site.jobs.book.settle_dead()
    asked = request.query_params.get("page", "1")
    page = int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 7 and int(asked) else 1
    found = site.views(_RUNS_OF_A_PAGE + 1, skip=(page - 1) * _RUNS_OF_A_PAGE)
    return site.html("runs.html", runs=found[:_RUNS_OF_A_PAGE], page=page, has_more=len(found) > _RUNS_OF_A_PAGE)


async def run(request: HTTPRequest) -> Response:
    """Show one job."""
    site = page_context(request)
    try:
        return site.html("run.html", run=site.view(site.quote_of(request)))
    except Refusal:
        return await not_found(request, Exception())


async def card(request: HTTPRequest) -> Response:
    """Show one job as a part of a page."""
    site = page_context(request)
    return site.html("run_card.html", run=site.view(site.quote_of(request)))


async def output_file(request: HTTPRequest) -> Response:
    """Give a file that a job made."""
    site = page_context(request)
    saved = site.jobs.book.ledger.files(site.quote_of(request).row)
    number = request.path_params["number"]
    found = find_in_folders(saved[number].path, (site.settings.out,)) if number < len(saved) else None
    if found is None:
        raise Refusal(404, "This file is not in its folder any more.")
    kind = type_of(found.path)
    download = "download" in request.query_params or not kind.shown_as
    return FileResponse(
        found.path,
        media_type=kind.mime,
        filename=found.path.name,
        content_disposition_type="attachment" if download else "inline",
        headers=_FILE_HEADERS,
    )


async def input_file(request: HTTPRequest) -> Response:
    """Give a local file that is an input, for its preview: only below the allowed folders, and only pictures, films and sounds."""
    site = page_context(request)
    found = find_in_folders(request.path_params["path"], site.settings.folders)
    kind = type_of(found.path) if found is not None else None
    if found is None or kind is None or not kind.shown_as:
        raise Refusal(404, "There is no picture, film or sound of that name below the allowed folders.")
    return FileResponse(found.path, media_type=kind.mime, headers=_FILE_HEADERS)


async def static(request: HTTPRequest) -> Response:
    """Give a file that pages load."""
    digest, found = assets()
    name = request.path_params["name"]
    if name not in found or digest != request.path_params["digest"]:
        raise Refusal(404, "There is no such file.")
    return Response(found[name], media_type=STATIC[name], headers={"Cache-Control": "private, max-age=31536000, immutable"})


async def not_found(request: HTTPRequest, _error: Exception) -> Response:
    """Say that an address leads nowhere."""
    return page_context(request).html("error.html", 404, title="There is nothing here", text="The address has no page.")


async def broken(request: HTTPRequest, _error: Exception) -> Response:
    """Say that the playground has a bug, without telling how it looks inside."""
    text = "The playground has a bug. The terminal shows its traceback. Jobs that were submitted go on."
    return page_context(request).html("error.html", 500, title="Something broke", text=text)
