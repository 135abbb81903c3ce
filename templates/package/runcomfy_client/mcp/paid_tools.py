"""The tools for paid jobs: `quote`, which costs nothing, and `submit`, the only tool that spends money."""

from __future__ import annotations

import asyncio
import enum
import json
from typing import Annotated, Any, Final

import anyio
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.resolve import AcceptedElicitation, Elicit, ElicitationResult, Resolve
from mcp.types import CallToolResult
from mcp.types.version import is_version_at_least
from pydantic import BaseModel, ConfigDict, Field

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.batch.errors import LedgerError
from runcomfy_client.batch.local_files import check_media_host, prepare_for_ledger
from runcomfy_client.batch.states import Stage
from runcomfy_client.catalog import document_of, model_class, near_misses
from runcomfy_client.errors import ConfigurationError, InvalidInput, UnknownModel
from runcomfy_client.files.allowed_folders import with_local_files
from runcomfy_client.files.prepare import uploads_of
from runcomfy_client.mcp.catalog_tools import ModelId
from runcomfy_client.mcp.context import AppContext, app_context, job_output
from runcomfy_client.mcp.results import ID, MAX_ID, JobOutput, Problem, QuoteOutput, result_of
from runcomfy_client.mcp.untrusted_text import bounded
from runcomfy_client.quotes.book import OverBudget, Quote
from runcomfy_client.quotes.price import estimate_of, price_text
from runcomfy_client.requests import Request
from runcomfy_client.tools import request_from

_MULTI_ROUND: Final = "2026-07-28"
"""From this version of the protocol on, a question to the user is the response to a call, and the client repeats the call with the
reply."""
_MAX_PROBLEMS: Final = 30


async def quote(
    model: ModelId, inputs: Annotated[dict[str, Any], Field(description="as in the schema from describe_model")], ctx: Context
) -> Annotated[CallToolResult, QuoteOutput]:
    """Check inputs and estimate the price. Returns a quote_id for `submit`. Sends nothing, costs nothing."""
    app = app_context(ctx)
    try:
        kind = model_class(model)
        schema = document_of(model).raw["input_schema"]
        resolved = with_local_files(schema, inputs, app.settings.files, class_name=kind.__name__)
        request: Request[Any] = request_from(kind, resolved)
        prepared, files = await asyncio.to_thread(prepare_for_ledger, request, {})
        check_media_host(len(files), uploads_of(app.client))
        new_quote, is_new = app.book.add(prepared, files, estimate_of(request))
    except UnknownModel:
        near = [escape_control_chars(name, max_length=200) for name in near_misses(model[:200])]
        step = "Use an id from find_models; `data` has similar ones."
        return result_of(QuoteOutput(state="no such model", next_step=step, data=near), is_error=True)
    except ConfigurationError as error:
        return result_of(QuoteOutput(state="invalid inputs", next_step=f"{error.message}. {error.next_step}"), is_error=True)
    except InvalidInput as error:
        problems = [
            Problem(
                field=escape_control_chars(problem.field, max_length=200),
                message=escape_control_chars(problem.message, max_length=500),
            )
            for problem in error.problems[:_MAX_PROBLEMS]
        ]
        step = "Correct these inputs and call quote again. Nothing was sent."
        return result_of(QuoteOutput(state="invalid inputs", problems=problems, next_step=step), is_error=True)
    return result_of(_quote_output(app, new_quote, is_new=is_new))


def _quote_output(app: AppContext, quote: Quote, *, is_new: bool) -> QuoteOutput:
    spent = app.book.spending()
    refusal = app.settings.budget.refusal(quote.price.usd, spent)
    earlier = app.book.same_inputs(quote)
    step = "Show the user the price, then call submit with this quote_id." if refusal is None else refusal
    if earlier is not None:
        again = f"The same inputs were submitted before, as {earlier.row.request_id or earlier.key} ({earlier.row.stage})."
        step = f"{again} Use `job` for that job. Submit this quote only if the user wants a second job. {step}"
    needs_confirmation = app.settings.confirm.is_needed(quote.price.usd)
    return QuoteOutput(
        state="quoted" if is_new else "quoted before",
        quote_id=quote.key,
        price=price_text(quote.price),
        price_usd=None if quote.price.usd is None else str(quote.price.usd),
        confirmation="the user must confirm the submit" if needs_confirmation else "not needed within the budget",
        budget=app.settings.budget.text(spent),
        next_step=step,
        data={"will_send": bounded(json.loads(quote.row.body), max_length=300, max_total=6000)},
    )


class Confirmation(BaseModel):
    """The user's reply to the question whether to submit a paid job."""

    model_config = ConfigDict(title="Answer")

    confirm: bool = Field(True, description="Submit this job and pay for it")


class Verdict(enum.Enum):
    """Whether a submit is confirmed, as far as that is known without asking the user."""

    NOT_NEEDED = "not needed"
    GRANTED = "granted"
    MISSING = "missing"
    DECLINED = "declined"
    TIMED_OUT = "timed out"


async def confirmation(quote_id: str, confirm: bool, ctx: Context) -> Verdict | Elicit[Confirmation]:
    """Decide whether a submit is confirmed, or ask the user.

    This runs several times for one call, so it must not spend anything.
    """
    app = app_context(ctx)
    quote = app.book.get(quote_id)
    if quote is None or quote.row.stage is not Stage.PLANNED:
        return Verdict.NOT_NEEDED
    if app.settings.budget.refusal(quote.price.usd, app.book.spending()) is not None:
        return Verdict.NOT_NEEDED
    if not app.settings.confirm.is_needed(quote.price.usd):
        return Verdict.GRANTED
    if not _can_ask(ctx):
        return Verdict.GRANTED if confirm else Verdict.MISSING
    if is_version_at_least(ctx.protocol_version or "", _MULTI_ROUND):
        return Elicit(_question(quote), Confirmation)
    reply = None
    with anyio.move_on_after(app.settings.confirm_timeout):
        reply = await ctx.elicit(_question(quote), Confirmation)
    if reply is None:
        return Verdict.TIMED_OUT
    return Verdict.GRANTED if isinstance(reply, AcceptedElicitation) and reply.data.confirm else Verdict.DECLINED


def _can_ask(ctx: Context) -> bool:
    """Return True if the client can show the user a form."""
    capabilities = ctx.client_capabilities
    elicitation = capabilities.elicitation if capabilities is not None else None
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def _question(quote: Quote) -> str:
    """Return the question for the user. It must be the same in each round, so it contains nothing that changes."""
    inputs = escape_control_chars(quote.row.body, max_length=1500)
    model = escape_control_chars(quote.row.model)
    price = price_text(quote.price)
    return f"Submit this paid job to RunComfy?\n\nModel: {model}\nPrice: {price}\nQuote: {quote.key}\nInputs: {inputs}"


async def submit(
    quote_id: Annotated[str, Field(description="from quote", pattern=ID, max_length=MAX_ID)],
    ctx: Context,
    verdict: Annotated[ElicitationResult[Confirmation], Resolve(confirmation)],
    confirm: Annotated[bool, Field(description="true once the user has agreed to the price; for clients that cannot ask")] = False,
) -> Annotated[CallToolResult, JobOutput]:
    """Submit a quoted job: it is billed. Safe to repeat: the same quote_id gives the same request_id, and is sent once."""
    app = app_context(ctx)
    quote = app.book.get(quote_id)
    if quote is None:
        step = "Call quote, and submit with the quote_id that it returns. Nothing was sent."
        return result_of(JobOutput(state="no such quote", next_step=step), is_error=True)
    known = _verdict(verdict)
    if quote.row.stage is Stage.PLANNED and known not in (Verdict.GRANTED, Verdict.NOT_NEEDED):
        return _not_confirmed(quote, known)
    if quote.row.stage is Stage.PLANNED and known is Verdict.NOT_NEEDED:
        refusal = app.settings.budget.refusal(quote.price.usd, app.book.spending())
        step = refusal or "Call submit with this quote_id again."  # the budget was raised after the question
        return result_of(job_output(quote, state="not sent", next_step=f"{step} Nothing was sent."), is_error=True)
    return await _submit(app, quote)


def _verdict(outcome: Any) -> Verdict:
    if not isinstance(outcome, AcceptedElicitation):
        return Verdict.DECLINED
    if isinstance(outcome.data, Verdict):
        return outcome.data
    return Verdict.GRANTED if isinstance(outcome.data, Confirmation) and outcome.data.confirm else Verdict.DECLINED


def _not_confirmed(quote: Quote, verdict: Verdict) -> CallToolResult:
    steps = {
        Verdict.MISSING: "This client cannot ask the user. Show them the price; once they agree, call submit with confirm true.",
        Verdict.TIMED_OUT: "The user did not reply in time. Ask them, then call submit again.",
    }
    step = steps.get(verdict, "The user declined. Don't submit it again unless they ask for it.")
    return result_of(job_output(quote, state="not confirmed", next_step=f"{step} Nothing was sent."), is_error=True)


async def _submit(app: AppContext, quote: Quote) -> CallToolResult:
    try:
        error = await app.submitter.submit(quote.key)
    except OverBudget as refusal:
        return result_of(job_output(quote, state="not sent", next_step=f"{refusal} Nothing was sent."), is_error=True)
    except LedgerError as failure:
        return _ledger_failed(app, quote, failure)
    now = app.book.get(quote.key) or quote
    if now.row.stage is Stage.PLANNED:
        step = "Nothing was sent or billed. After the problem in `data.error` is solved, call submit with this quote_id again."
        return result_of(job_output(now, state="not sent", error=error, next_step=step), is_error=True)
    return result_of(job_output(now), is_error=now.row.stage in (Stage.UNKNOWN, Stage.REFUSED))


def _ledger_failed(app: AppContext, quote: Quote, error: LedgerError) -> CallToolResult:
    request_id = app.submitter.accepted_unwritten.get(quote.key)
    output = JobOutput(
        state="unknown",
        quote_id=quote.key,
        model=quote.row.model,
        request_id=request_id,
        data={"error": escape_control_chars(error.message)},
    )
    if request_id is not None:
        output.state = "submitted"
        output.next_step = (
            f"The job was accepted, but the ledger could not be written. Tell the user: quote {quote.key} is request {request_id}."
        )
    else:
        output.next_step = (
            "The ledger cannot be written, so no more jobs are submitted. Tell the user; don't submit this in another way."
        )
    return result_of(output, is_error=True)
