"""The simulator: a function from calls to responses, without sockets, that records the jobs that it accepted."""

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
"""The base URL of a simulator in process. The domain `.invalid` never resolves."""


class Simulator:
    """A simulator of the RunComfy Model API. It is thread-safe, and can be used as a context manager, which closes its clients.

    Args:
        schemas: normalised schema documents, or a folder of them; by default, the models of the package.
        seconds_in_queue: how long a job is queued.
        seconds_running: how long a job runs after that.
        clock: a function that returns the time in seconds, which determines the states of jobs. `ManualClock()` for tests.
        sleep: a function that waits for some seconds, for faults with a delay. By default, a `ManualClock` advances; with any other
            clock, the simulator really waits.
        seed: the seed of request ids and random faults.
        faults: the faults, see `runcomfy_client.simulator.faults`.
        token: the only valid token; by default, all tokens are valid.
        balance_usd: the initial balance in USD. Each job reduces it by its price; at 0 or less, no job is accepted (400002).
        price_usd: the price in USD of jobs whose price is not documented.
        started_at: the initial date, for `Date` and `created_at`; by default, now.
        fetch_media: fetch the first bytes of each file that a request points to, as the API would. A job whose file cannot be
            fetched is accepted, and fails. http:// links to this machine, such as to a bucket for tests, are accepted then, too.

    Raises:
        ModuleNotFoundError: jsonschema is not installed.
        ValueError: the schemas are not normalised schema documents.
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
        """All jobs that were accepted, in order. A real server would have billed them."""
        with self._lock:
            return tuple(self._service.accepted)

    @property
    def calls(self) -> tuple[RecordedCall, ...]:
        """All calls, in order, including those without a response."""
        with self._lock:
            return tuple(self._calls)

    def inject(self, fault: Fault) -> None:
        """Add a fault, which counts calls from now on."""
        with self._lock:
            self._schedule.add(fault)

    def handle(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", origin: str = BASE_URL
    ) -> SimulatedResponse:
        """Return the response to a call.

        Args:
            method: the HTTP method.
            url: an absolute URL, or a path with its query.
            headers: the request headers.
            body: the request body.
            origin: the origin under which the caller reaches the simulator; a URL of another origin gets no response.
        """
        with self._lock:
            call = parse_request(method, url, headers=headers or {}, body=body, origin=origin, at=self._clock())
            point, response = self._respond(call, origin)
            status = None if response.delivery.lost else response.status
            self._calls.append(RecordedCall(call.at, point, call.method, url, status, call.headers))
        date = format_datetime(self._calendar(call.at), usegmt=True)
        body = b"" if call.method == "HEAD" else response.body
        return replace(response, headers={"Date": date, **response.headers}, body=body)

    def _respond(self, call: IncomingRequest, origin: str) -> tuple[str, SimulatedResponse]:
        """Return the name of the endpoint and the response, with faults applied."""
        if call.origin != origin:
            return "elsewhere", drop_response("unsent")
        route = find_route(call)
        if isinstance(route, SimulatedResponse):
            return "unknown", route
        effects = self._schedule.match(route.point, call.at - self._start)
        response = short_circuit(effects) or self._perform(call, route, effects)
        return route.point, apply_faults(response, effects)

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
        """Return an httpx transport to this simulator, for `httpx.Client` and `httpx.AsyncClient`."""
        from runcomfy_client.simulator.transport import SimulatorTransport

        return SimulatorTransport(self)

    def media_host(self) -> SimulatedMediaHost:
        """Return a media host for a client in process: local files are checked, but not copied."""
        return self._media_host

    def http_client(self) -> httpx.Client:
        """Return an `httpx.Client` for this simulator, which closes it."""
        import httpx

        client = httpx.Client(transport=self.transport())
        self._clients.append(client)
        return client

    def async_http_client(self) -> httpx.AsyncClient:
        """Return an `httpx.AsyncClient` for this simulator. It has no resources that must be closed."""
        import httpx

        return httpx.AsyncClient(transport=self.transport())

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> Server:
        """Start an HTTP server in background threads; port 0 selects a free port. Use it as a context manager.

        Raises:
            OSError: the address is not available.
        """
        from runcomfy_client.simulator.server import Server

        return Server(self, host=host, port=port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the clients that `http_client` returned. `accepted` and `calls` remain readable."""
        while self._clients:
            self._clients.pop().close()
