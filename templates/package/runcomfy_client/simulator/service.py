"""The endpoints of the API, on jobs in memory: one method for each, from a call to its response."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

from runcomfy_client.simulator.billing import Account, job_price
from runcomfy_client.simulator.catalog import Catalog, is_true
from runcomfy_client.simulator.faults import JobEffect, JobFails, OutputIs
from runcomfy_client.simulator.files import serve_file
from runcomfy_client.simulator.jobs import JobTiming, SimulatedJob
from runcomfy_client.simulator.media import MediaFetcher, as_if_public
from runcomfy_client.simulator.outputs import make_output
from runcomfy_client.simulator.recording import AcceptedJob
from runcomfy_client.simulator.responses import SimulatedResponse, error_response, json_response
from runcomfy_client.simulator.routes import IncomingRequest
from runcomfy_client.simulator.validation import Checker, read_object


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """The settings of the simulated account and its jobs."""

    timing: JobTiming
    token: str | None
    """The only valid token; None if all are valid."""
    balance_usd: float
    price_usd: float
    """The price in USD of a job whose price is not documented."""
    calendar: Callable[[float], datetime]
    """Converts a time of the clock to a date."""


class Service:
    """The endpoints, and the accepted jobs. Not thread-safe."""

    def __init__(self, catalog: Catalog, settings: ServiceSettings, seed: int, fetcher: MediaFetcher | None = None) -> None:
        self.accepted: list[AcceptedJob] = []
        self._catalog = catalog
        self._settings = settings
        self._fetcher = fetcher
        self._jobs: dict[str, SimulatedJob] = {}
        self._account = Account(settings.balance_usd)
        self._ids = Random(seed)
        self._checker = cache(lambda model_id: Checker(catalog[model_id].input_schema))

    def authenticate(self, call: IncomingRequest) -> SimulatedResponse | None:
        """Return an error response to a call without a valid token; None for a valid one."""
        if call.token and self._settings.token in (None, call.token):
            return None
        message = "send the header `Authorization: Bearer <token>`" if not call.token else "the token is invalid or expired"
        return error_response(400004, message, status=401, headers={"WWW-Authenticate": "Bearer"})

    def submit(self, call: IncomingRequest, model_id: str, fault: JobEffect | None) -> SimulatedResponse:
        """Accept a job, or return an error."""
        if model_id not in self._catalog:
            return _unknown_model(model_id)
        try:
            inputs = read_object(call.body)
        except ValueError as error:
            return error_response(400000, f"invalid request body: {error}", status=400)
        problems = self._checker(model_id).problems(inputs if self._fetcher is None else as_if_public(inputs))
        if problems:
            listed = [{"field": problem.field, "message": problem.message} for problem in problems]
            text = "; ".join(f"{problem.field or 'the request'}: {problem.message}" for problem in problems[:5])
            return error_response(422001, text, status=422, errors=listed)
        if self._account.balance <= 0:
            return error_response(400002, "the balance is used up", status=402)
        if self._fetcher is not None and fault is None:
            problem = self._fetcher.problem(inputs, self._catalog[model_id].input_schema, call.origin)
            fault = None if problem is None else JobFails(problem)
        return json_response(self._accept(call, model_id, inputs, fault))

    def _accept(self, call: IncomingRequest, model_id: str, inputs: Mapping[str, Any], fault: JobEffect | None) -> dict[str, Any]:
        request_id = str(UUID(int=self._ids.getrandbits(128), version=4))
        self._jobs[request_id] = SimulatedJob(
            request_id, self._catalog[model_id], call.token, call.at, self._settings.timing, fault
        )
        self._account.charge(request_id, job_price(self._catalog[model_id], inputs, self._settings.price_usd))
        self.accepted.append(AcceptedJob(request_id, model_id, inputs, call.at, sha256(call.body).hexdigest()))
        return {"request_id": request_id, **_links(call, request_id, "status", "result", "cancel")}

    def status(self, call: IncomingRequest, request_id: str) -> SimulatedResponse:
        """Return the status of a job."""
        job = self._find(call, request_id)
        if isinstance(job, SimulatedResponse):
            return job
        position = job.queue_position(call.at)
        queue = {} if position is None else {"queue_position": position}
        return json_response(
            {"request_id": request_id, "status": job.state(call.at), **queue, **_links(call, request_id, "status", "result")}
        )

    def result(self, call: IncomingRequest, request_id: str) -> SimulatedResponse:
        """Return the result of a job, or its state if it has not ended."""
        job = self._find(call, request_id)
        if isinstance(job, SimulatedResponse):
            return job
        outcome, finished_at = job.outcome(call.at), job.finished_at(call.at)
        body: dict[str, Any] = {"request_id": request_id, "status": outcome, "created_at": self._date(job.submitted_at)}
        if finished_at is not None:
            body["finished_at"] = self._date(finished_at)
        if isinstance(job.fault, JobFails) and outcome == "failed":
            body["error"] = job.fault.error
        if outcome == "succeeded":
            folder = f"{call.origin}/files/{request_id}"
            body["output"] = job.fault.output if isinstance(job.fault, OutputIs) else make_output(job.model, folder=folder)
            if is_true(call.query.get("include_cost")):
                body["cost"] = float(self._account.cost(request_id))
        return json_response(body)

    def cancel(self, call: IncomingRequest, request_id: str, *, refused: bool) -> SimulatedResponse:
        """Cancel a job that is still queued."""
        job = self._find(call, request_id)
        if isinstance(job, SimulatedResponse):
            return job
        cancelled = not refused and job.cancel(call.at)
        if cancelled:
            self._account.refund(request_id)
        body = {"request_id": request_id, "status": job.state(call.at), "outcome": "cancelled" if cancelled else "not_cancellable"}
        return json_response(body, status=202)

    def models(self, call: IncomingRequest) -> SimulatedResponse:
        """Return a page of the catalog."""
        try:
            return json_response(self._catalog.page(call.query, origin=call.origin, price_usd=self._settings.price_usd))
        except ValueError as error:
            return error_response(400000, str(error), status=400)

    def model(self, call: IncomingRequest, model_id: str) -> SimulatedResponse:
        """Return one model."""
        if model_id not in self._catalog:
            return _unknown_model(model_id)
        model = self._catalog[model_id]
        return json_response(model.entry(origin=call.origin, price_usd=self._settings.price_usd, with_schema=True))

    def categories(self) -> SimulatedResponse:
        """Return the categories."""
        return json_response({"categories": self._catalog.categories()})

    def balance(self, call: IncomingRequest) -> SimulatedResponse:
        """Return the balance after all billed jobs."""
        for request_id, job in self._jobs.items():
            if job.outcome(call.at) == "failed":
                self._account.refund(request_id)
        usd = self._account.balance
        return json_response({"balance_usd": float(usd), "balance_microdollars": round(usd * 1_000_000), "currency": "USD"})

    def download(self, call: IncomingRequest, path: str) -> SimulatedResponse:
        """Return an output file of a job. Like the real storage, this requires no token."""
        request_id, _, name = path.partition("/")
        if request_id not in self._jobs:
            return error_response(404000, f"file not found: {path}", status=404)
        return serve_file(call, name)

    def _find(self, call: IncomingRequest, request_id: str) -> SimulatedJob | SimulatedResponse:
        job = self._jobs.get(request_id)
        if job is None:
            return error_response(404001, f"request not found: {request_id}", status=404)
        if job.owner != call.token:
            return error_response(403001, "the request belongs to another account", status=403)
        return job

    def _date(self, at: float) -> str:
        moment = self._settings.calendar(at)
        return (moment - timedelta(microseconds=moment.microsecond)).isoformat().replace("+00:00", "Z")


def _unknown_model(model_id: str) -> SimulatedResponse:
    return error_response(400001, f"unknown model: {model_id}", status=400)


def _links(call: IncomingRequest, request_id: str, *names: str) -> dict[str, str]:
    return {f"{name}_url": f"{call.origin}/v1/requests/{request_id}/{name}" for name in names}
