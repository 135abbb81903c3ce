"""The JSON endpoints that the scripts of the pages call: checks, quotes, submits, files. Only `submit` spends money, and only what
the user has confirmed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.batch.states import Stage
from runcomfy_client.playground.catalog import Checked
from runcomfy_client.playground.context import PageContext, Refusal, body_of, page_context
from runcomfy_client.playground.files import MAX_PREVIEW, MAX_UPLOAD, TooLarge, save_upload, size_text, type_of
from runcomfy_client.quotes.book import Quote
from runcomfy_client.quotes.price import price_text

_MAX_KEYS: Final = 200


async def check(request: HTTPRequest) -> Response:
    """Check a form; return problems by field, the price, and the code. Nothing is sent."""
    site = page_context(request)
    checked = _checked(site, await body_of(request))
    return site.json(_check_result(site, checked))


def _checked(site: PageContext, body: dict[str, Any]) -> Checked:
    model_id, form = body.get("model"), body.get("form")
    if not isinstance(model_id, str) or site.models.page(model_id) is None:
        raise Refusal(404, "This model does not exist. The page Models lists all models.")
    if not isinstance(form, dict):
        raise Refusal(400, "The inputs are not a JSON object.")
    return site.models.check(model_id, form, site.settings.folders)


def _check_result(site: PageContext, checked: Checked) -> dict[str, Any]:
    return {
        "problems": [{"field": problem.field, "message": site.clean(problem.message)} for problem in checked.problems],
        "price": checked.price.amount,
        "basis": checked.price.basis,
        "code": {code.key: code.text for code in checked.code},
    }


async def quote(request: HTTPRequest) -> Response:
    """Store a quote; return its key. Nothing is sent."""
    site = page_context(request)
    checked = _checked(site, await body_of(request))
    if checked.request is None:
        return site.json({"error": "Some inputs are invalid.", **_check_result(site, checked)}, 422)
    new_quote = await site.jobs.quote(checked.request)
    return site.json({"key": new_quote.key})


def confirmations(site: PageContext, quote: Quote) -> list[str]:
    """Return the texts that the user has to confirm before a job is submitted; on the simulator, only about duplicates."""
    texts = []
    if site.settings.live:
        price = "Its price is not known." if quote.price.usd is None else f"Its price is {price_text(quote.price)}."
        texts.append(f"This job is billed to your RunComfy account. {price}")
    duplicate = site.jobs.running_duplicate(quote)
    if duplicate is not None and duplicate.row.stage is Stage.UNKNOWN:
        texts.append(f"A job with the same inputs may already exist: it is not known whether {duplicate.key} was accepted.")
    elif duplicate is not None:
        texts.append("A job with the same inputs is already running. This would be a second one.")
    return texts


async def submit(request: HTTPRequest) -> Response:
    """Submit a quote after the user has confirmed it. Repeated calls send it only once."""
    site = page_context(request)
    body = await body_of(request)
    quote = site.quote_of(request)
    if quote.row.stage is Stage.PLANNED and not site.jobs.is_watched(quote.key):
        texts = confirmations(site, quote)
        if texts != body.get("confirmed", []):
            duplicate = site.jobs.running_duplicate(quote)
            raise Refusal(
                409, "Confirm this first. Nothing was sent.", confirm=texts, duplicate=duplicate.key if duplicate else None
            )
        site.jobs.submit(quote.key)
    return site.json({"key": quote.key}, 202)


async def states(request: HTTPRequest) -> Response:
    """Return the states of jobs. Pages poll this, so the response is short."""
    site = page_context(request)
    states = []
    for key in request.query_params.get("keys", "").split(",")[:_MAX_KEYS]:
        quote = site.jobs.book.get(key)
        if quote is not None:
            view = site.view(quote)
            states.append({"key": key, "version": view.version, "progress": view.progress})
    return site.json({"runs": states})


async def cancel(request: HTTPRequest) -> Response:
    """Cancel a job that is still queued."""
    site = page_context(request)
    quote = site.quote_of(request)
    if not await site.jobs.cancel(quote.key):
        raise Refusal(409, "Not cancelled: the job is not queued any more. It continues, and is billed.")
    return site.json({"key": quote.key})


async def watch(request: HTTPRequest) -> Response:
    """Watch a job again, and save its files."""
    site = page_context(request)
    site.jobs.watch(site.quote_of(request).key)
    return site.json({}, 202)


async def resolve(request: HTTPRequest) -> Response:
    """Resolve a job whose outcome is not known, with what the user has found in their account."""
    site = page_context(request)
    body = await body_of(request)
    quote = site.quote_of(request)
    request_id = body.get("request_id")
    match body.get("found"):
        case "accepted" if isinstance(request_id, str) and request_id.strip():
            site.jobs.resolve(quote.key, request_id=request_id.strip())
        case "accepted":
            raise Refusal(422, "Enter the request id that your RunComfy account shows.")
        case "absent":
            site.jobs.resolve(quote.key, requeue=True)
        case "give up":
            site.jobs.resolve(quote.key, give_up=True)
        case _:
            raise Refusal(400, "Choose what you found.")
    return site.json({"key": quote.key})


async def preview(request: HTTPRequest) -> Response:
    """Fetch the file of a link, without the token, so that the page can show it: the page loads nothing from other sites."""
    site = page_context(request)
    url = (await body_of(request)).get("url")
    if not site.settings.live or not isinstance(url, str):
        raise Refusal(409, "With the simulator, files are not fetched from links.")
    content = await site.jobs.fetch(url, max_bytes=MAX_PREVIEW)
    if isinstance(content, str):
        raise Refusal(422, f"The file cannot be shown: {site.clean(content)}.")

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    path = await save_upload(chunks(), urlsplit(url).path, site.settings.uploads)
    return site.json({"path": path.relative_to(site.settings.uploads).as_posix(), "shown_as": type_of(path).shown_as})


async def upload(request: HTTPRequest) -> Response:
    """Save a file that was chosen or dropped in the page, on this machine; return its path for an input."""
    site = page_context(request)
    name = request.query_params.get("name", "")
    try:
        path = await save_upload(request.stream(), name, site.settings.uploads)
    except TooLarge:
        raise Refusal(413, f"The file is larger than {size_text(MAX_UPLOAD)}. Choose a smaller one.") from None
    except OSError as error:
        raise Refusal(
            507, f"The file could not be saved: {error.strerror or error}. Check the disk, and choose it again."
        ) from None
    size = path.stat().st_size
    if not size:
        raise Refusal(422, "The file is empty. Choose another.")
    text = path.relative_to(site.settings.uploads).as_posix()
    shown = type_of(path).shown_as
    return site.json({"path": text, "name": escape_control_chars(path.name), "size": size_text(size), "shown_as": shown})
