"""The sync driver: performs the effects of a flow, one after the other. Submits, and calls with a timeout, get a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from runcomfy_client._core.flows.effects import (
    CallerError,
    Effect,
    Flow,
    Monotonic,
    Notify,
    OpenUrl,
    ReadChunk,
    Resolve,
    RunBlocking,
    RunCoroutine,
    Send,
    Sleep,
    WallClock,
)
from runcomfy_client._core.protocol.response import Response, ResponseHead, TransportError
from runcomfy_client._engine.clock import Clock
from runcomfy_client._engine.coroutine_call import CoroutineCall
from runcomfy_client._http.instrumentation import Instrumentation, note
from runcomfy_client._http.request_builder import BoundedBody, RequestBuilder, addresses_in, answer_in, bare, check_open, head_of
from runcomfy_client._http.streaming import StreamedResponse, StreamOpener, chunks_of, close_quietly
from runcomfy_client._http.thread_call import ThreadCall
from runcomfy_client._http.transport import TransportClient

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


def drive(flow: Flow[T], hands: EffectHandler) -> T:
    """Perform a flow to its end, and return its value. What interrupts an effect is thrown into the flow."""
    try:
        return _drive(flow, hands)
    except CallerError as outside:
        error = outside.error
    finally:
        hands.let_go()
    raise error


def _drive(flow: Flow[T], hands: EffectHandler) -> T:
    step: Callable[[], Effect] = partial(next, flow)
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


def iterate(flow: Flow[None], hands: EffectHandler) -> Iterator[Any]:
    """Perform a flow, handing out its updates as they come."""
    step: Callable[[], Effect] = partial(next, flow)
    while True:
        try:
            effect = step()
        except StopIteration:
            return
        except CallerError as outside:
            error = outside.error
            break
        try:
            if isinstance(effect, Notify):
                yield effect.update
            step = partial(flow.send, None if isinstance(effect, Notify) else hands.perform(effect))
        except GeneratorExit:
            flow.close()
            raise
        except BaseException as stop:
            step = partial(flow.throw, stop)
    raise error


class EffectHandler:
    """Performs single effects, for one flow."""

    def __init__(
        self,
        http: httpx.Client,
        envelope: RequestBuilder,
        *,
        clock: Clock,
        witness: Instrumentation,
        show: Callable[[Any], object] | None = None,
        paid: Callable[[Response], object] | None = None,
    ) -> None:
        self._http = http
        self._envelope = envelope
        self._clock = clock
        self._witness = witness
        self._show = show
        self._paid = paid
        self._open: StreamedResponse | None = None
        self._held: BaseException | None = None

    def perform(self, effect: Effect) -> Any:
        """Do what an effect asks for, and return what the flow is to be told."""
        if self._held is not None:
            stop, self._held = self._held, None
            raise stop
        match effect:
            case Monotonic():
                return self._clock.now()
            case Send():
                return self._send(effect)
            case Sleep(seconds, spread):
                return self._clock.sleep(seconds * (1 - spread * self._clock.random()))
            case Notify(update):
                return self._notify(update)
            case ReadChunk():
                return self._read()
            case OpenUrl():
                return self._fetch(effect)
            case Resolve(host):
                return _resolve(host)
            case RunBlocking(action):
                return action()
            case RunCoroutine():
                return _run_coroutine(effect)
            case WallClock():
                return self._clock.today()

    def let_go(self) -> None:
        """Close the file that is still open, if there is one."""
        opened, self._open = self._open, None
        if opened is not None:
            opened.close()

    def _notify(self, update: Any) -> None:
        try:
            if self._show is not None:
                self._show(update)
        except BaseException as error:
            raise CallerError(error) from None

    def _send(self, send: Send) -> Response | TransportError:
        if send.shield or send.total_timeout is not None:
            return self._send_in_thread(send)
        return self.exchange(send, alone=False)

    def exchange(self, send: Send, *, alone: bool = True) -> Response | TransportError:
        """Make one call, here and now: what interrupts it tears it from its answer.

        `alone` says that this is a thread of our own, where no signal handler raises anything.
        """
        check_open(self._http, self._envelope)
        call, began = self._witness.begins(send, self._envelope.url_of(send)), self._clock.now()
        told = note(send, self._exchange(send, alone))
        if call is not None:
            self._witness.ends(call, told, self._clock.now() - began)
        return told

    def _exchange(self, send: Send, alone: bool) -> Response | TransportError:
        request = response = None
        try:
            request = self._envelope.api(send)
            response = self._http.send(request, stream=True, auth=None, follow_redirects=False)
            intake, broken = BoundedBody(response, until=self._clock.now() + send.timeout), ""
            try:
                for chunk in chunks_of(response):
                    broken = intake.add(chunk, self._clock.now())
                    if broken:
                        break
            except Exception as error:
                if not alone and not self._envelope.is_of_transport(error):
                    raise CallerError(error) from None
                broken = self._envelope.lost(error).reason
            return self._envelope.without_token(intake.answer(broken))
        except Exception as error:
            if not alone and not self._envelope.is_of_transport(error):
                raise CallerError(bare(error)) from None
            answered = answer_in(error, request)
            return self._envelope.without_token(answered) if answered else self._envelope.lost(error)
        except BaseException as stop:
            raise bare(stop) from None
        finally:
            if response is not None:
                close_quietly(response)

    def _send_in_thread(self, send: Send) -> Response | TransportError:
        """Make the call in a helper thread, so that neither an interrupt nor a server that stalls cuts it off from its response.

        What interrupts a submit (Ctrl-C, any exception of a signal handler) waits up to `send.shield` seconds for the response. It is
        raised afterwards, by the next effect: by then the flow knows the job's id.
        """
        caller = threading.get_ident()

        def exchange() -> Response | TransportError:
            response = self.exchange(send, alone=threading.get_ident() != caller)
            if send.shield and isinstance(response, Response) and self._paid is not None:
                self._paid(response)  # in this thread: no interrupt can come before it
            return response

        call = ThreadCall(exchange)
        try:
            call.start()
            call.ended(send.effective_timeout)
        except BaseException as stop:
            if not (send.shield and call.started and call.ended(send.shield)):
                raise
            self._held = stop
        if call.ended(0):
            return call.outcome()
        self.give_up()
        return TransportError(maybe_sent=True, reason=f"no answer within {send.effective_timeout:g} s")

    def give_up(self) -> None:
        """Tell our own HTTP client that a call is given up that hangs."""
        if isinstance(self._http, TransportClient):
            self._http.give_up()

    def _fetch(self, fetch: OpenUrl) -> ResponseHead | TransportError:
        self.let_go()
        check_open(self._http, self._envelope)
        call, began = self._witness.begins(fetch, fetch.url), self._clock.now()
        head = self._head(fetch)
        self._witness.ends(call, head, self._clock.now() - began)
        return head

    def _head(self, fetch: OpenUrl) -> ResponseHead | TransportError:
        opening = StreamOpener(partial(self._http.send, self._envelope.file(fetch), stream=True, auth=None, follow_redirects=False))
        call = ThreadCall(opening)
        try:
            try:
                call.start()
                ended = call.ended(fetch.total_timeout)
            except Exception as error:  # out of a signal handler
                raise CallerError(error) from None
            if not ended:
                self.give_up()
                return TransportError(maybe_sent=True, reason=f"no answer within {fetch.total_timeout:g} s")
            try:
                response = call.outcome()
            except Exception as error:
                return self._envelope.lost(error)
            self._open = StreamedResponse(response, fetch.timeout)
            return head_of(response)
        finally:
            if self._open is None:
                opening.give_up()

    def _read(self) -> bytes | TransportError:
        if self._open is None:
            return b""
        try:
            return self._open.read()
        except Exception as error:
            if self._open.cut or self._envelope.is_of_transport(error):
                return self._envelope.lost(error)
            raise CallerError(error) from None


def _run_coroutine(work: RunCoroutine) -> Any:
    call = ThreadCall(CoroutineCall(work).run)
    call.start()
    call.ended(None)
    return call.outcome()


def _resolve(host: str) -> tuple[str, ...]:
    try:
        return addresses_in(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return ()
