"""Performs the effects of a flow for the sync client. Submits, and calls with a total timeout, run in a helper thread."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from functools import partial
from queue import Empty
from typing import TYPE_CHECKING, Any, Final

from runcomfy_client._core.flows import effects
from runcomfy_client._core.flows.effects import CallerError, Effect, OpenUrl, Send
from runcomfy_client._core.protocol.bounded_body import BoundedBody
from runcomfy_client._core.protocol.response import Response, ResponseHead, TransportError
from runcomfy_client._engine.handler import HandlerBase, addresses_of
from runcomfy_client._http.request_builder import is_in_memory, response_head, strip_traceback
from runcomfy_client._http.thread_call import ThreadCall, ThreadIterator
from runcomfy_client._http.transport import TransportClient

if TYPE_CHECKING:
    import httpx

    from runcomfy_client._engine.session import Session


CHUNKS_AHEAD: Final = 4
"""Chunks of a file, of up to 64 KiB each, that are read while earlier ones are written."""


class EffectHandler(HandlerBase):
    """Performs the effects of one flow. `on_submit` is called with the response to a submit."""

    def __init__(self, session: Session, *, on_submit: Callable[[Response], object] | None = None, **options: Any) -> None:
        super().__init__(session, **options)
        self._on_submit = on_submit
        self._stream: ThreadIterator[Any] | None = None
        self._read_timeout = 0.0

    def perform(self, effect: Effect) -> Any:
        """Perform an effect, and return its result."""
        self._raise_pending()
        match effect:
            case effects.Monotonic():
                return self._clock.now()
            case effects.Send():
                if effect.shield or effect.total_timeout is not None:
                    return self._send_in_thread(effect)
                return self.round_trip(effect, in_thread=False)  # a thread would add a third to the price of a poll
            case effects.Sleep(seconds, spread):
                return self._clock.sleep(seconds * (1 - spread * self._clock.random()))
            case effects.Notify(update):
                return self._notify(update)
            case effects.ReadChunk():
                return self._next_arrival(self._read_timeout)
            case effects.OpenUrl():
                return self._open(effect)
            case effects.Resolve(host):
                return addresses_of(host)
            case effects.RunBlocking(action):
                return action()
            case effects.RunCoroutine(start):
                return _run_coroutine(start)
            case effects.WallClock():
                return self._clock.utcnow()

    def close(self) -> None:
        """Close the file that is still open, if any."""
        if self._stream is not None:
            self._stream.close()
        self._stream = None

    def _notify(self, update: Any) -> None:
        try:
            if self._on_status is not None:
                self._on_status(update)
        except BaseException as error:
            raise CallerError(error) from None

    def _send_in_thread(self, send: Send) -> Response | TransportError:
        """Make a call in a helper thread, so that neither an interrupt nor a server that stalls cuts it off from its response.

        What interrupts a submit (Ctrl-C, any exception of a signal handler) waits up to `send.shield` seconds for the response. It
        is raised afterwards, by the next effect: by then the flow knows the job's id.
        """
        call = ThreadCall(partial(self.round_trip, send))
        try:
            call.start()
            call.wait(send.effective_timeout)
        except BaseException as stop:
            if call.cancel() or not send.shield:
                raise CallerError(stop) from None
            if not call.wait(send.shield):
                raise
            self._pending = stop
        return call.result() if call.is_done else self.abandon_call(send.effective_timeout)

    def round_trip(self, send: Send, *, in_thread: bool = True) -> Response | TransportError:
        """Make one API call. In a helper thread, no signal handler raises an exception; elsewhere, it is the caller's."""
        ended = self._call_started(send)
        request = http_response = None
        response: Response | TransportError
        try:
            request = self._builder.api_request(send)
            http_response = self._http.send(request, stream=True, auth=None, follow_redirects=False)
            body, truncation = BoundedBody(response_head(http_response), deadline=self._clock.now() + send.timeout), ""
            try:
                for chunk in _chunks_of(http_response):
                    truncation = body.add(chunk, self._clock.now())
                    if truncation:
                        break
            except Exception as error:
                if not in_thread and not self._builder.is_transport_error(error):
                    raise
                truncation = self._builder.to_transport_error(error).reason
            response = self._builder.redact(body.response(truncation))
        except Exception as error:
            if not in_thread and not self._builder.is_transport_error(error):
                raise CallerError(strip_traceback(error)) from None
            response = self._builder.response_from_error(error, request)
        except BaseException as stop:
            raise strip_traceback(stop) from None
        finally:
            if http_response is not None:
                _close_quietly(http_response)
        if send.shield and self._on_submit is not None and isinstance(response, Response):
            self._on_submit(response)  # no interrupt can come before it
        ended(response)
        return response

    def abandon_call(self, seconds: float) -> TransportError:
        """Give up a call that has taken so many seconds. Its thread keeps its connection."""
        if isinstance(self._http, TransportClient):
            self._http.abandon_call()
        return TransportError(maybe_sent=True, reason=f"no response within {seconds:g} s")

    def _open(self, fetch: OpenUrl) -> ResponseHead | TransportError:
        self.close()
        ended = self._call_started(fetch)
        self._stream, self._read_timeout = ThreadIterator(self._stream_of(fetch), ahead=CHUNKS_AHEAD), fetch.timeout
        head: ResponseHead | TransportError = self._next_arrival(fetch.total_timeout)
        ended(head)
        return head

    def _stream_of(self, fetch: OpenUrl) -> Generator[ResponseHead | bytes | TransportError]:
        try:
            response = self._http.send(self._builder.file_request(fetch), stream=True, auth=None, follow_redirects=False)
            try:
                yield response_head(response)
                yield from _chunks_of(response)
            finally:
                _close_quietly(response)
        except Exception as error:
            yield self._builder.to_transport_error(error)

    def _next_arrival(self, seconds: float) -> Any:
        """Return the head of a response, or the next bytes of its body. A server that stalls is given so many seconds.

        The read timeout of the HTTP client would not see it: that starts anew with each byte, also of a header or a chunk's frame.
        """
        if self._stream is None:
            return b""
        try:
            arrived = self._stream.next(seconds)
        except Empty:
            return self.abandon_call(seconds)
        except Exception as error:  # of a signal handler
            raise CallerError(error) from None
        return b"" if arrived is ThreadIterator.END else arrived


def _run_coroutine(start: Callable[[], Any]) -> Any:
    from runcomfy_client._http.event_loop import LoopThread

    loop = LoopThread()
    try:
        return loop.run(start())
    finally:
        loop.stop()  # after an interrupt, this cancels it


def _chunks_of(response: httpx.Response) -> Iterator[bytes]:
    return response.iter_bytes() if is_in_memory(response) else response.iter_raw()


def _close_quietly(response: httpx.Response) -> None:
    with suppress(Exception):  # what was read counts, such as a job's id
        response.close()
