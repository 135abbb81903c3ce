"""Runs a playground on a port of this machine in a thread, with a simulator or another server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
from runcomfy_client import AsyncRunComfy, Policy
from runcomfy_client.local_server import listen, new_secret
from runcomfy_client.playground.app import make_app
from runcomfy_client.playground.catalog import Models
from runcomfy_client.playground.jobs import Jobs
from runcomfy_client.playground.serve import address, address_with_secret, server_of
from runcomfy_client.playground.settings import PlaygroundSettings
from runcomfy_client.simulator import Fault, Simulator

if TYPE_CHECKING:
    from playwright.sync_api import Page

KLING: Final = "kling/kling-3.0/standard/image-to-video"
URL: Final = "https://example.com/photo.png"
TOKEN: Final = "token-of-tests-5d41402abc4b"
QUICK: Final = Policy(
    poll_initial=0.01, poll_max=0.05, polls_per_second=1e6, backoff_initial=0.0, backoff_max=0.0, submit_grace_period=0.5
)


@dataclass(frozen=True)
class RunningPlayground:
    """A running playground: its URL, the URL with the secret, and its internal objects."""

    url: str
    open_url: str
    out: Path
    jobs: Jobs

    def client(self) -> httpx.Client:
        """Return an HTTP client with access, which sends requests like a page of the playground."""
        opened = httpx.get(self.open_url)
        assert opened.status_code == 303
        return httpx.Client(base_url=self.url, headers={"Origin": self.url.rstrip("/")}, cookies=opened.cookies, timeout=30)


def simulate(*faults: Fault, queued: float = 0.0, running: float = 0.0, **options: Any) -> Simulator:
    """Return a simulator whose jobs take no time."""
    return Simulator(seconds_in_queue=queued, seconds_running=running, faults=faults, **options)


def submits(simulator: Simulator) -> int:
    """Return the number of paid calls."""
    return sum(call.point == "submit" for call in simulator.calls)


@contextmanager
def running_playground(
    out: Path,
    simulator: Simulator | None = None,
    *,
    base_url: str = "",
    models: Models | None = None,
    policy: Policy = QUICK,
    **settings: Any,
) -> Iterator[RunningPlayground]:
    """Run a playground with a simulator; with `base_url`, a live one with an existing server."""
    live = bool(base_url)
    started = threading.Event()
    holder: list[RunningPlayground] = []
    stop: list[Callable[[], object]] = []
    failed: list[BaseException] = []

    async def main() -> None:
        options: dict[str, Any] = {"policy": policy, "include_cost": True, "cancel_queued": False, "base_url": base_url}
        if simulator is not None:
            http = simulator.async_http_client()
            options |= {"http_client": http, "base_url": simulator.base_url, "media": simulator.media_host()}
        async with AsyncRunComfy(TOKEN, **options) as client:
            jobs = Jobs(client, PlaygroundSettings(out=out, live=live, **settings))
            with listen(0) as listener:
                port, secret = listener.getsockname()[1], new_secret()
                server = server_of(make_app(jobs, port=port, secret=secret, models=models))
                stop.append(lambda: setattr(server, "should_exit", True))
                holder.append(RunningPlayground(address(port), address_with_secret(port, secret), out, jobs))
                jobs.resume()
                started.set()
                try:
                    await server.serve(sockets=[listener])
                finally:
                    await jobs.close()

    def work() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:  # the test shows it
            failed.append(error)
        finally:
            started.set()

    thread = threading.Thread(target=work)
    thread.start()
    started.wait(30)
    try:
        if failed:
            raise failed[0]
        yield holder[0]
    finally:
        if stop:
            stop[0]()
        thread.join(30)
    assert not failed, failed


@contextmanager
def playground_page(page: Page, out: Path, simulator: Simulator | None = None, **options: Any) -> Iterator[RunningPlayground]:
    """Run a playground, and open it in a page, which is closed before the playground ends."""
    with running_playground(out, simulator, **options) as served:
        cookies = httpx.get(served.open_url).cookies
        page.context.add_cookies([{"name": name, "value": value, "url": served.url} for name, value in cookies.items()])
        yield served
        for one in page.context.pages:
            one.goto("about:blank")
