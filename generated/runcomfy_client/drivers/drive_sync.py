"""The sync driver: performs the effects of a flow, one after the other, in the caller's thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from runcomfy_client.drivers.aside import Aside
from runcomfy_client.drivers.clock import Clock
from runcomfy_client.flows.effects import Effect, Fetch, Flow, Notify, Now, Read, Resolve, Send, Sleep, Store, Today
from runcomfy_client.protocol.raw import Answer, Head, Lost
from runcomfy_client.drivers.exchange import Envelope, Intake, addresses_in, bare, head_of, is_in_memory
from runcomfy_client.drivers.witness import Witness, note

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


def drive(flow: Flow[T], hands: Hands) -> T:
    """Perform a flow to its end, and return its value. What interrupts an effect is thrown into the flow."""
    step: Callable[[], Effect] = partial(next, flow)
    try:
        while True:
            try:
                effect = step()
            except StopIteration as end:
                value: T = end.value
                return value
            try:
                step = partial(flow.send, hands.perform(effect))
            except BaseException as stop:
                step = partial(flow.throw, stop)
    finally:
        hands.let_go()


def iterate(flow: Flow[None], hands: Hands) -> Iterator[Any]:
    """Perform a flow, handing out its updates as they come."""
    step: Callable[[], Effect] = partial(next, flow)
    while True:
        try:
            effect = step()
        except StopIteration:
            return
        try:
            if isinstance(effect, Notify):
                yield effect.update
            step = partial(flow.send, None if isinstance(effect, Notify) else hands.perform(effect))
        except GeneratorExit:
            flow.close()
            raise
        except BaseException as stop:
            step = partial(flow.throw, stop)


class Hands:
    """Performs single effects, for one flow."""

    def __init__(
        self,
        http: httpx.Client,
        envelope: Envelope,
        *,
        clock: Clock,
        witness: Witness,
        show: Callable[[Any], object] | None = None,
    ) -> None:
        self._http = http
        self._envelope = envelope
        self._clock = clock
        self._witness = witness
        self._show = show
        self._open: httpx.Response | None = None
        self._bytes: Iterator[bytes] = iter(())
        self._held: BaseException | None = None

    def perform(self, effect: Effect) -> Any:
        """Do what an effect asks for, and return what the flow is to be told."""
        if self._held is not None:
            stop, self._held = self._held, None
            raise stop
        match effect:
            case Now():
                return self._clock.now()
            case Send():
                return self._send(effect)
            case Sleep(seconds, spread):
                return self._clock.sleep(seconds * (1 - spread * self._clock.random()))
            case Notify(update):
                return self._show(update) if self._show else None
            case Read():
                return self._read()
            case Fetch():
                return self._fetch(effect)
            case Resolve(host):
                return _resolve(host)
            case Store(action):
                return action()
            case Today():
                return self._clock.today()

    def let_go(self) -> None:
        """Close the file that is still open, if there is one."""
        response, self._open = self._open, None
        if response is not None:
            _close(response)

    def _send(self, send: Send) -> Answer | Lost:
        if send.limit is None and not (send.hold and threading.current_thread() is threading.main_thread()):
            return self.exchange(send)
        return self._exchange_aside(send)

    def exchange(self, send: Send) -> Answer | Lost:
        """Make one call, here and now: what interrupts it tears it from its answer."""
        call, began = self._witness.begins(send, self._envelope.url_of(send)), self._clock.now()
        told = note(send, self._exchange(send, began))
        if call is not None:
            self._witness.ends(call, told, self._clock.now() - began)
        return told

    def _exchange(self, send: Send, began: float) -> Answer | Lost:
        response = None
        try:
            request = self._envelope.api(send)
            response = self._http.send(request, stream=True, auth=None, follow_redirects=False)
            intake, broken = Intake(response, until=began + send.timeout), ""
            try:
                for chunk in _chunks(response):
                    broken = intake.add(chunk, self._clock.now())
                    if broken:
                        break
            except Exception as error:
                broken = self._envelope.lost(error).why
            return intake.answer(broken)
        except Exception as error:
            return self._envelope.lost(error)
        except BaseException as stop:
            raise bare(stop) from None
        finally:
            if response is not None:
                _close(response)

    def _exchange_aside(self, send: Send) -> Answer | Lost:
        """Make the call where no interrupt can tear it from its answer, and where nothing that hangs can hold us up."""
        call = Aside(partial(self.exchange, send))
        try:
            call.start()
            call.ended(send.limit)
        except BaseException as stop:
            if not call.ended(send.hold):
                raise
            self._held = stop
        return call.outcome() if call.ended(0) else Lost(sent=True, why=f"no answer within {send.limit} s")

    def _fetch(self, fetch: Fetch) -> Head | Lost:
        self.let_go()
        call, began = self._witness.begins(fetch, fetch.url), self._clock.now()
        head = self._head(fetch)
        self._witness.ends(call, head, self._clock.now() - began)
        return head

    def _head(self, fetch: Fetch) -> Head | Lost:
        try:
            response = self._http.send(self._envelope.file(fetch), stream=True, auth=None, follow_redirects=False)
            self._open, self._bytes = response, _chunks(response)
            return head_of(response)
        except Exception as error:
            return self._envelope.lost(error)

    def _read(self) -> bytes | Lost:
        try:
            return next(self._bytes, b"")
        except Exception as error:
            return self._envelope.lost(error)


def _chunks(response: httpx.Response) -> Iterator[bytes]:
    return response.iter_bytes() if is_in_memory(response) else response.iter_raw()


def _close(response: httpx.Response) -> None:
    # what was read counts; a connection that cannot even be closed must not cost us an answer that is there
    with suppress(Exception):
        response.close()


def _resolve(host: str) -> tuple[str, ...]:
    try:
        return addresses_in(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return ()
