"""Performs the effects of a flow for the sync client. Submits, and calls with a total timeout, run in a helper thread."""

from __future__ import annotations

import math
import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from runcomfy_client._core.flows.effects import (
    CallerError,
    Effect,
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
from runcomfy_client._core.protocol.bounded_body import BoundedBody
from runcomfy_client._core.protocol.response import Response, ResponseHead, TransportError
from runcomfy_client._engine.clock import Clock, SystemClock
from runcomfy_client._engine.coroutine_call import CoroutineCall
from runcomfy_client._http.instrumentation import Instrumentation
from runcomfy_client._http.request_builder import RequestBuilder, response_head, strip_traceback, unique_addresses
from runcomfy_client._http.streaming import StreamedResponse, StreamOpener, chunks_of, close_quietly
from runcomfy_client._http.thread_call import ThreadCall
from runcomfy_client._http.transport import TransportClient

if TYPE_CHECKING:
    import httpx


class RunClosed(BaseException):
    """Interrupts the jobs of a `run_all` that is closed."""


class Closing:
    """Tells the jobs of one `run_all`, each in a thread of its own, that it is closed: then that there is no time left."""

    def __init__(self) -> None:
        self.requested = threading.Event()
        self.forced = threading.Event()


class EffectHandler:
    """Performs single effects, for one flow."""

    def __init__(
        self,
        http: httpx.Client,
        builder: RequestBuilder,
        *,
        clock: Clock,
        instrumentation: Instrumentation,
        on_status: Callable[[Any], object] | None = None,
        on_submit: Callable[[Response], object] | None = None,
        closing: Closing | None = None,
    ) -> None:
        self._http = http
        self._builder = builder
        self._clock = clock
        self._instrumentation = instrumentation
        self._on_status = on_status
        self._on_submit = on_submit
        self._closing = closing
        self._stream: StreamedResponse | None = None
        self._pending: BaseException | None = None
        self._is_interrupted = False

    def perform(self, effect: Effect) -> Any:
        """Perform an effect, and return its result."""
        self._raise_pending()
        match effect:
            case Monotonic():
                return self._clock.now()
            case Send():
                if effect.shield or effect.total_timeout is not None or self._closing is not None:
                    return self._send_in_thread(effect)
                return self._round_trip(effect)
            case Sleep(seconds, spread):
                return self._sleep(seconds * (1 - spread * self._clock.random()))
            case Notify(update):
                return self._notify(update)
            case ReadChunk():
                return self._read_chunk()
            case OpenUrl():
                return self._open(effect)
            case Resolve(host):
                return _resolve(host)
            case RunBlocking(action):
                return action()
            case RunCoroutine():
                return self._run_coroutine(effect)
            case WallClock():
                return self._clock.utcnow()

    def close(self) -> None:
        """Close the file that is still open, if any."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _raise_pending(self) -> None:
        pending, self._pending = self._pending, None
        if pending is None and self._closing is not None and self._closing.requested.is_set() and not self._is_interrupted:
            pending = RunClosed()
        if pending is not None:
            self._is_interrupted = True
            raise CallerError(pending)  # nothing was sent by the effect that comes next

    def _sleep(self, seconds: float) -> None:
        if self._closing is not None and isinstance(self._clock, SystemClock):
            self._closing.requested.wait(seconds)
        else:
            self._clock.sleep(seconds)

    def _notify(self, update: Any) -> None:
        try:
            if self._on_status is not None:
                self._on_status(update)
        except BaseException as error:
            self._is_interrupted = True
            raise CallerError(error) from None

    def _round_trip(self, send: Send, caller: int | None = None) -> Response | TransportError:
        """Make one API call in this thread. `caller` is the thread that waits for it, if that is another one."""
        self._builder.check_open(self._http)
        call, started = self._instrumentation.call_started(send, self._builder.url_of(send)), self._clock.now()
        in_helper = caller is not None and caller != threading.get_ident()  # there, no signal handler raises an exception
        request = http_response = None
        response: Response | TransportError
        try:
            request = self._builder.api_request(send)
            http_response = self._http.send(request, stream=True, auth=None, follow_redirects=False)
            body, truncation = BoundedBody(response_head(http_response), deadline=self._clock.now() + send.timeout), ""
            try:
                for chunk in chunks_of(http_response):
                    truncation = body.add(chunk, self._clock.now())
                    if truncation:
                        break
            except Exception as error:
                if not in_helper and not self._builder.is_transport_error(error):
                    raise
                truncation = self._builder.to_transport_error(error).reason
            response = self._builder.redact(body.response(truncation))
        except Exception as error:
            if not in_helper and not self._builder.is_transport_error(error):
                raise CallerError(strip_traceback(error)) from None
            response = self._builder.response_from_error(error, request)
        except BaseException as stop:
            raise strip_traceback(stop) from None
        finally:
            if http_response is not None:
                close_quietly(http_response)
        if send.shield and self._on_submit is not None and isinstance(response, Response):
            self._on_submit(response)  # in the helper thread: no interrupt can come before it
        self._instrumentation.call_ended(send, call, response, self._clock.now() - started)
        return response

    def _send_in_thread(self, send: Send) -> Response | TransportError:
        """Make the call in a helper thread, so that neither an interrupt nor a server that stalls cuts it off from its response.

        What interrupts a submit (Ctrl-C, any exception of a signal handler) waits up to `send.shield` seconds for the response. It
        is raised afterwards, by the next effect: by then the flow knows the job's id.
        """
        call = ThreadCall(partial(self._round_trip, send, threading.get_ident()))
        try:
            call.start()
            self._wait(call, send.effective_timeout)
        except BaseException as stop:
            if call.cancel():
                raise CallerError(stop) from None
            if not (send.shield and self._wait(call, send.shield)):
                raise
            self._pending = stop
        if call.done():
            return call.result()
        self._abandon_call()
        return TransportError(maybe_sent=True, reason=f"no answer within {send.effective_timeout:g} s")

    def _wait(self, call: ThreadCall[Any], seconds: float) -> bool:
        """Wait for the end of a call; return whether it has ended. The jobs of a `run_all` are interrupted when it is closed."""
        closing = self._closing
        if closing is None:
            return call.wait(seconds)
        while not call.wait(min(seconds, 0.1)):
            seconds -= 0.1
            if seconds <= 0 or closing.forced.is_set():
                return False
            if closing.requested.is_set() and not self._is_interrupted:
                self._is_interrupted = True
                raise RunClosed
        return True

    def _run_coroutine(self, work: RunCoroutine) -> Any:
        call = ThreadCall(CoroutineCall(work).run)
        call.start()
        self._wait(call, math.inf)
        return call.result()

    def _abandon_call(self) -> None:
        if isinstance(self._http, TransportClient):
            self._http.abandon_call()

    def _open(self, fetch: OpenUrl) -> ResponseHead | TransportError:
        self.close()
        self._builder.check_open(self._http)
        call, started = self._instrumentation.call_started(fetch, fetch.url), self._clock.now()
        head = self._open_stream(fetch)
        self._instrumentation.call_ended(fetch, call, head, self._clock.now() - started)
        return head

    def _open_stream(self, fetch: OpenUrl) -> ResponseHead | TransportError:
        request = self._builder.file_request(fetch)
        opener = StreamOpener(partial(self._http.send, request, stream=True, auth=None, follow_redirects=False))
        call = ThreadCall(opener)
        try:
            try:
                call.start()
                ended = call.wait(fetch.total_timeout)
            except Exception as error:  # of a signal handler
                raise CallerError(error) from None
            if not ended:
                self._abandon_call()
                return TransportError(maybe_sent=True, reason=f"no answer within {fetch.total_timeout:g} s")
            try:
                response = call.result()
            except Exception as error:
                return self._builder.to_transport_error(error)
            self._stream = StreamedResponse(response, fetch.timeout)
            return response_head(response)
        finally:
            if self._stream is None:
                opener.abandon()

    def _read_chunk(self) -> bytes | TransportError:
        if self._stream is None:
            return b""
        try:
            return self._stream.read()
        except Exception as error:
            if self._stream.was_shut_down or self._builder.is_transport_error(error):
                return self._builder.to_transport_error(error)
            raise CallerError(error) from None


def _resolve(host: str) -> tuple[str, ...]:
    try:
        return unique_addresses(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return ()
