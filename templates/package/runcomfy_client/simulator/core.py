"""The simulator itself: a function from calls to answers, free of sockets, that keeps an exact record of what it accepted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import RLock
from typing import TYPE_CHECKING, Final, Self

from runcomfy_client.simulator.catalog import Catalog, Schemas
from runcomfy_client.simulator.clock import ManualClock
from runcomfy_client.simulator.fault_application import apply_faults, job_fault, short_circuit
from runcomfy_client.simulator.faults import Effect, Fault, FaultSchedule, RefuseCancel
from runcomfy_client.simulator.jobs import JobTiming
from runcomfy_client.simulator.media import MediaFetcher, SimulatedMediaHost
from runcomfy_client.simulator.recording import AcceptedJob, RecordedCall
from runcomfy_client.simulator.responses import SimulatedResponse, drop_response
from runcomfy_client.simulator.routes import IncomingRequest, Route, find_route, parse_request
from runcomfy_client.simulator.service import Service, ServiceSettings
from runcomfy_client.simulator.validation import require_jsonschema

if TYPE_CHECKING:
    import httpx

    from runcomfy_client.simulator.server import Server
    from runcomfy_client.simulator.transport import SimulatorTransport

BASE_URL: Final = "https://simulator.invalid"
"""Where a simulator in process seems to be; the name can never be looked up by accident."""


class Simulator:
    """The RunComfy Model API, simulated. Thread-safe; as a context manager it closes what it handed out.

    Args:
        schemas: normalised schema documents, or a folder of them; the models of the package by default.
        seconds_in_queue: how long a job is queued.
        seconds_running: how long it runs after that.
        clock: tells the time in seconds; jobs move by it. `ManualClock()` for tests.
        sleep: waits a number of seconds where a fault asks for it; by default, a `ManualClock` advances, and any other clock
            makes it really wait.
        seed: fixes the request ids and the faults that strike at random.
        faults: what goes wrong, see `runcomfy_client.simulator.faults`.
        token: the only token that is good; by default any is.
        balance_usd: the balance at the start, in USD; each job takes its price from it, and at 0 or less no job is accepted
            (400002).
        price_usd: what a job costs in USD whose price is not documented.
        started_at: the date at the start, for `Date` and `created_at`; now by default.
        fetch_media: fetch the first bytes of each file that a request points to, as the API would; a job whose file cannot be
            fetched is accepted, and fails. Links to this machine, where a bucket for tests may be, are then taken with http://,
            too.

    Raises:
        ModuleNotFoundError: if jsonschema is not installed.
        ValueError: if the schemas are no normalised schema documents.
    """

    base_url: Final = BASE_URL
    """The base URL for clients in process."""

    def __init__(
        self,
        schemas: Schemas = None,
        *,
        seconds_in_queue: float = 1.0,
        seconds_running: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        seed: int = 0,
        faults: Iterable[Fault] = (),
        token: str | None = None,
        balance_usd: float = 100_000.0,
        price_usd: float = 0.01,
        started_at: datetime | None = None,
        fetch_media: bool = False,
    ) -> None:
        require_jsonschema()
        self.catalog = Catalog(schemas)
        self.sleep = clock.advance if sleep is None and isinstance(clock, ManualClock) else sleep
        self._clock = clock
        self._start = clock()
        self._started_at = started_at or datetime.now(UTC)
        settings = ServiceSettings(JobTiming(seconds_in_queue, seconds_running), token, balance_usd, price_usd, self._calendar)
        self._media_host = SimulatedMediaHost(BASE_URL)
        self._service = Service(self.catalog, settings, seed, MediaFetcher(self._media_host.files) if fetch_media else None)
        self._schedule = FaultSchedule(faults, seed)
        self._calls: list[RecordedCall] = []
        self._clients: list[httpx.Client] = []
        self._lock = RLock()

    @property
    def accepted(self) -> tuple[AcceptedJob, ...]:
        """All jobs that were accepted, in order: what a real server would have billed."""
        with self._lock:
            return tuple(self._service.accepted)

    @property
    def calls(self) -> tuple[RecordedCall, ...]:
        """All calls, in order, those included that got no answer."""
        with self._lock:
            return tuple(self._calls)

    def inject(self, fault: Fault) -> None:
        """Let one more thing go wrong from now on."""
        with self._lock:
            self._schedule.add(fault)

    def handle(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", origin: str = BASE_URL
    ) -> SimulatedResponse:
        """Answer a call.

        Args:
            method: HTTP method.
            url: absolute, or the path with its query.
            headers: of the call.
            body: of the call.
            origin: scheme, host and port under which the caller knows the simulator; a URL of another origin gets no answer.
        """
        with self._lock:
            call = parse_request(method, url, headers=headers or {}, body=body, origin=origin, at=self._clock())
            point, answer = self._answer(call, origin)
            status = None if answer.delivery.lost else answer.status
            self._calls.append(RecordedCall(call.at, point, call.method, url, status, call.headers))
        date = format_datetime(self._calendar(call.at), usegmt=True)
        sent = b"" if call.method == "HEAD" else answer.body
        return replace(answer, headers={"Date": date, **answer.headers}, body=sent)

    def _answer(self, call: IncomingRequest, origin: str) -> tuple[str, SimulatedResponse]:
        """Return the name of the endpoint and the answer, after whatever goes wrong."""
        if call.origin != origin:
            return "elsewhere", drop_response("unsent")
        route = find_route(call)
        if isinstance(route, SimulatedResponse):
            return "unknown", route
        effects = self._schedule.match(route.point, call.at - self._start)
        answer = short_circuit(effects) or self._perform(call, route, effects)
        return route.point, apply_faults(answer, effects)

    def _perform(self, call: IncomingRequest, route: Route, effects: tuple[Effect, ...]) -> SimulatedResponse:
        service = self._service
        if route.point != "download" and (refusal := service.authenticate(call)):
            return refusal
        match route.action:
            case "submit":
                return service.submit(call, route.key, job_fault(effects))
            case "status":
                return service.status(call, route.key)
            case "result":
                return service.result(call, route.key)
            case "cancel":
                return service.cancel(call, route.key, refused=RefuseCancel() in effects)
            case "models":
                return service.models(call)
            case "categories":
                return service.categories()
            case "model":
                return service.model(call, route.key)
            case "balance":
                return service.balance(call)
            case _:
                return service.download(call, route.key)

    def _calendar(self, at: float) -> datetime:
        return self._started_at.astimezone(UTC) + timedelta(seconds=at - self._start)

    def transport(self) -> SimulatorTransport:
        """Return an httpx transport, for `httpx.Client` and `httpx.AsyncClient`, that leads here."""
        from runcomfy_client.simulator.transport import SimulatorTransport

        return SimulatorTransport(self)

    def media_host(self) -> SimulatedMediaHost:
        """Return a media host for a client in process: local files are checked as ever, and go nowhere."""
        return self._media_host

    def http_client(self) -> httpx.Client:
        """Return an `httpx.Client` that leads here; closed with the simulator."""
        import httpx

        client = httpx.Client(transport=self.transport())
        self._clients.append(client)
        return client

    def async_http_client(self) -> httpx.AsyncClient:
        """Return an `httpx.AsyncClient` that leads here; it holds nothing that must be closed."""
        import httpx

        return httpx.AsyncClient(transport=self.transport())

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> Server:
        """Listen on a socket at once, in threads of its own; port 0 takes a free one. Use it as a context manager.

        Raises:
            OSError: if the address cannot be had.
        """
        from runcomfy_client.simulator.server import Server

        return Server(self, host=host, port=port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the clients that were handed out. What was accepted stays readable."""
        while self._clients:
            self._clients.pop().close()
