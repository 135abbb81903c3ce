"""What the pages ask for by script: checks, quotes, submits, files. One of them spends: `submit`, and only what was confirmed."""

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
from runcomfy_client.playground.files import MAX_PREVIEW, MAX_UPLOAD, TooLarge, keep_upload, size_text, type_of
from runcomfy_client.quotes.book import Quote
from runcomfy_client.quotes.price import price_text

_MAX_KEYS: Final = 200


async def check(request: HTTPRequest) -> Response:
    """Check a form: problems by field, the price, the code. Nothing is sent."""
    site = page_context(request)
    checked = _checked(site, await body_of(request))
    return site.json(_told(site, checked))


def _checked(site: PageContext, body: dict[str, Any]) -> Checked:
    model_id, form = body.get("model"), body.get("form")
    if not isinstance(model_id, str) or site.models.page(model_id) is None:
        raise Refusal(404, "There is no such model. Open the page Models: it lists all.")
    if not isinstance(form, dict):
        raise Refusal(400, "The inputs are not a JSON object.")
    return site.models.check(model_id, form, site.settings.folders)


def _told(site: PageContext, checked: Checked) -> dict[str, Any]:
    return {
        "problems": [{"field": one.field, "message": site.clean(one.message)} for one in checked.problems],
        "price": checked.price.amount,
        "basis": checked.price.basis,
        "code": {one.key: one.text for one in checked.code},
    }


async def quote(request: HTTPRequest) -> Response:
    """Write down a job that may be submitted; return its key. Nothing is sent."""
    site = page_context(request)
    checked = _checked(site, await body_of(request))
    if checked.request is None:
        return site.json({"error": "Some inputs are not right yet.", **_told(site, checked)}, 422)
    made = await site.jobs.quote(checked.request)
    return site.json({"key": made.key})


def confirmations(site: PageContext, made: Quote) -> list[str]:
    """Return what a person has to agree to before a job is submitted; nothing where the simulator takes it."""
    found = []
    if site.settings.live:
        price = "Its price is not known." if made.price.usd is None else f"Its price is {price_text(made.price)}."
        found.append(f"This job is billed to your RunComfy account. {price}")
    twin = site.jobs.running_twin(made)
    if twin is not None and twin.row.stage is Stage.UNKNOWN:
        found.append(f"A job with the same inputs may exist already: whether {twin.key} was accepted is not known.")
    elif twin is not None:
        found.append("A job with the same inputs runs already. This would be a second one.")
    return found


async def submit(request: HTTPRequest) -> Response:
    """Submit a quote, where a person has agreed to what there is to confirm. However often it is called, it is sent once."""
    site = page_context(request)
    body = await body_of(request)
    made = site.quote_of(request)
    if made.row.stage is Stage.PLANNED and not site.jobs.is_watched(made.key):
        wanted = confirmations(site, made)
        if wanted != body.get("confirmed", []):
            twin = site.jobs.running_twin(made)
            raise Refusal(409, "Confirm this first. Nothing was sent.", confirm=wanted, twin=twin.key if twin else None)
        site.jobs.submit(made.key)
    return site.json({"key": made.key}, 202)


async def states(request: HTTPRequest) -> Response:
    """Say where jobs stand. A page asks every moment, so this is short."""
    site = page_context(request)
    found = []
    for key in request.query_params.get("keys", "").split(",")[:_MAX_KEYS]:
        quote = site.jobs.book.get(key)
        if quote is not None:
            view = site.view(quote)
            found.append({"key": key, "version": view.version, "progress": view.progress})
    return site.json({"runs": found})


async def cancel(request: HTTPRequest) -> Response:
    """Cancel a job that is still queued."""
    site = page_context(request)
    made = site.quote_of(request)
    if not await site.jobs.cancel(made.key):
        raise Refusal(409, "Too late: it is not in the queue any more. It goes on, and is billed.")
    return site.json({"key": made.key})


async def watch(request: HTTPRequest) -> Response:
    """Look at a job again that is not watched, and save its files."""
    site = page_context(request)
    site.jobs.watch(site.quote_of(request).key)
    return site.json({}, 202)


async def settle(request: HTTPRequest) -> Response:
    """Write down what a person has found out of a job whose end is not known."""
    site = page_context(request)
    body = await body_of(request)
    made = site.quote_of(request)
    request_id = body.get("request_id")
    match body.get("found"):
        case "accepted" if isinstance(request_id, str) and request_id.strip():
            site.jobs.settle(made.key, request_id=request_id.strip())
        case "accepted":
            raise Refusal(422, "Give the request id that your RunComfy account shows.")
        case "absent":
            site.jobs.settle(made.key, requeue=True)
        case "give up":
            site.jobs.settle(made.key, give_up=True)
        case _:
            raise Refusal(400, "Say what you found.")
    return site.json({"key": made.key})


async def preview(request: HTTPRequest) -> Response:
    """Fetch the file of a link, without the token, so that the page can show it: itself it loads nothing from elsewhere."""
    site = page_context(request)
    url = (await body_of(request)).get("url")
    if not site.settings.live or not isinstance(url, str):
        raise Refusal(409, "The simulator fetches nothing from elsewhere.")
    content = await site.jobs.fetch(url, largest=MAX_PREVIEW)
    if isinstance(content, str):
        raise Refusal(422, f"The file cannot be shown: {site.clean(content)}.")

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    path = await keep_upload(chunks(), urlsplit(url).path, site.settings.uploads)
    return site.json({"path": path.relative_to(site.settings.uploads).as_posix(), "shown_as": type_of(path).shown_as})


async def upload(request: HTTPRequest) -> Response:
    """Keep a file that was chosen or dropped in the page, on this machine; return the path that an input takes."""
    site = page_context(request)
    name = request.query_params.get("name", "")
    try:
        path = await keep_upload(request.stream(), name, site.settings.uploads)
    except TooLarge:
        raise Refusal(413, f"The file has more than {size_text(MAX_UPLOAD)}. Choose a smaller one.") from None
    except OSError as error:
        raise Refusal(507, f"The file could not be kept: {error.strerror or error}. Make room, and choose it again.") from None
    size = path.stat().st_size
    if not size:
        raise Refusal(422, "The file is empty. Choose another.")
    text = path.relative_to(site.settings.uploads).as_posix()
    shown = type_of(path).shown_as
    return site.json({"path": text, "name": escape_control_chars(path.name), "size": size_text(size), "shown_as": shown})
