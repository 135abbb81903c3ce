"""The ASGI application: its routes and error handlers."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as HTTPRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from runcomfy_client.batch.errors import BatchError, LedgerError
from runcomfy_client.errors import ConfigurationError, InvalidInput, RunComfyError
from runcomfy_client.playground import actions, views
from runcomfy_client.playground.access import AccessControl, App
from runcomfy_client.playground.catalog import Models
from runcomfy_client.playground.context import PageContext, Refusal
from runcomfy_client.playground.files import remove_parts
from runcomfy_client.playground.jobs import Jobs

ROUTES = (
    Route("/", views.catalogue),
    Route("/models/{model_id:path}", views.model),
    Route("/runs", views.runs),
    Route("/runs/{key}", views.run),
    Route("/runs/{key}/card", views.card),
    Route("/runs/{key}/files/{number:int}", views.output_file),
    Route("/inputs/{path:path}", views.input_file),
    Route("/static/{digest}/{name}", views.static),
    Route("/api/runs", actions.states),
    Route("/api/check", actions.check, methods=["POST"]),
    Route("/api/quote", actions.quote, methods=["POST"]),
    Route("/api/preview", actions.preview, methods=["POST"]),
    Route("/api/files", actions.upload, methods=["POST"]),
    Route("/api/runs/{key}/submit", actions.submit, methods=["POST"]),
    Route("/api/runs/{key}/cancel", actions.cancel, methods=["POST"]),
    Route("/api/runs/{key}/watch", actions.watch, methods=["POST"]),
    Route("/api/runs/{key}/resolve", actions.resolve, methods=["POST"]),
)


def make_app(jobs: Jobs, *, port: int, secret: str, models: Models | None = None) -> App:
    """Return the playground as an ASGI application. It does not close `jobs`.

    Args:
        jobs: the jobs that it shows and submits.
        port: the port of the server: requests to other ports are rejected.
        secret: the secret in the address that is opened first.
        models: the models to show; by default, those of this package.
    """
    remove_parts(jobs.settings.uploads)
    handlers: dict[Any, Any] = {Refusal: _refused, RunComfyError: _failed, 404: views.not_found, 500: views.broken}
    app: Any = Starlette(routes=ROUTES, exception_handlers=handlers)
    app.router.redirect_slashes = False
    app.state.site = PageContext(models or Models(), jobs)
    return AccessControl(app, port=port, secret=secret)


async def _refused(request: HTTPRequest, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return JSONResponse({"error": error.message, **error.more}, error.status)


async def _failed(request: HTTPRequest, error: Exception) -> Response:
    """Return an error of the client as a message with a next step, without traceback."""
    assert isinstance(error, RunComfyError)
    site: PageContext = request.app.state.site
    if isinstance(error, InvalidInput):
        problems = [{"field": problem.field, "message": site.clean(problem.message)} for problem in error.problems]
        return site.json({"error": "Some inputs are invalid.", "problems": problems}, 422)
    expected = isinstance(error, (BatchError, ConfigurationError)) and not isinstance(error, LedgerError)
    step = f" {error.next_step}" if error.next_step else ""
    return site.json({"error": site.clean(f"{error.message}.{step}")}, 409 if expected else 502)
