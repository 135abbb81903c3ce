"""The token goes to one origin and shows nowhere, whatever the server says; signed URLs show in no log."""

from __future__ import annotations

import logging
import pickle
import traceback
from pathlib import Path
from typing import Any

import httpx
import pytest
from runcomfy_client.client import RunComfy
from runcomfy_client.errors import ConfigurationError, RunComfyError

from tests.runtime.kit import ACCEPTED, BASE, DONE, SUCCESS, TOKEN, FakeClock, Film, Rig, Say, Server, raw, says

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])
EVIL = "https://evil.example.com/v1/requests/r-1/status"


def exposed(error: BaseException | None) -> str:
    """All that an error can show, with the variables of every frame, and of all errors behind it."""
    shown = ""
    while error is not None:
        shown += "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        shown += f"{error!r} {error} {vars(error)}"
        error = error.__cause__ or error.__context__
    return shown


@KINDS
@pytest.mark.parametrize(
    "url",
    [EVIL, "http://api.example.com/x", "https://api.example.com:444/x", "https://api.example.com.evil.org/", "//evil.example.com"],
)
def test_urls_of_the_server_are_not_used(kind: str, url: str) -> None:
    urls = {"status_url": url, "result_url": url, "cancel_url": url}
    server = Server(
        submit=says(request_id="r-1", **urls), status=says(status="completed", **urls), result=says(status="succeeded", **urls)
    )
    Rig(kind, server).run()
    assert {request.url.netloc for _name, request in server.calls} == {b"api.example.com"}


@KINDS
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("call", ["submit", "status", "result"])
def test_no_redirect_takes_the_token_along(kind: str, status: int, call: str) -> None:
    script: dict[str, Say | list[Say]] = {"submit": ACCEPTED, "status": DONE, "result": SUCCESS}
    script[call] = says(status, headers={"location": EVIL})
    server = Server(**script)
    with pytest.raises(RunComfyError):
        Rig(kind, server).run(timeout=30)
    assert {request.url.netloc for _name, request in server.calls} == {b"api.example.com"}


@KINDS
def test_what_a_user_has_set_on_a_client_of_their_own_is_not_mixed_in(kind: str) -> None:
    server = Server(submit=ACCEPTED)
    http_class: Any = httpx.Client if kind == "sync" else httpx.AsyncClient
    options: dict[str, Any] = {
        "transport": httpx.MockTransport(server),
        "headers": {"x-mine": "1", "authorization": "Basic mine"},
        "cookies": {"session": "mine"},
        "auth": ("user", "mine"),
        "params": {"key": "mine"},
        "follow_redirects": True,
        "base_url": "https://evil.example.com",
    }
    if kind == "sync":
        with http_class(**options) as http:
            RunComfy(TOKEN, base_url=BASE, http_client=http, clock=FakeClock()).submit(Film(prompt="x"))
    else:
        import asyncio

        from runcomfy_client.async_client import AsyncRunComfy

        async def main() -> None:
            async with http_class(**options) as http:
                await AsyncRunComfy(TOKEN, base_url=BASE, http_client=http).submit(Film(prompt="x"))

        asyncio.run(main())
    (request,) = server.requests("submit")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert "mine" not in str(request.headers.raw) + str(request.url)


@KINDS
def test_nothing_of_the_token_or_a_signature_is_logged(kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    server = Server(
        submit=[httpx.ConnectError(f"no way to {TOKEN}"), ACCEPTED],
        status=[says(503), says(status="odd"), DONE],
        result=SUCCESS,
        file=[raw(b"", 302, location="https://cdn.example.net/a.mp4?signature=s3cret2"), raw(b"film")],
    )

    def sync(client: Any) -> Any:
        return client.run(Film(prompt="x")).save(tmp_path)

    async def asynchronous(client: Any) -> Any:
        return await (await client.run(Film(prompt="x"))).save(tmp_path)

    with caplog.at_level(logging.DEBUG):
        Rig(kind, server).call(sync if kind == "sync" else asynchronous)
    assert "GET /v1/requests/r-1/status: 503" in caplog.text
    assert "https://files.example.com/a.mp4" in caplog.text
    assert TOKEN not in caplog.text
    assert "s3cret" not in caplog.text


@KINDS
@pytest.mark.parametrize(
    "failure",
    [httpx.ConnectError(f"Bearer {TOKEN}"), httpx.ReadTimeout(f"Bearer {TOKEN}"), RuntimeError(TOKEN), KeyboardInterrupt()],
)
def test_no_error_shows_the_token(kind: str, failure: BaseException) -> None:
    server = Server(submit=failure)

    def use(client: Any) -> Any:
        return client.submit(Film(prompt="x"))

    with pytest.raises((RunComfyError, KeyboardInterrupt)) as caught:
        Rig(kind, server).call(use)
    # the frames of the test itself hold the token; only those of the package count
    error: BaseException | None = caught.value
    while (
        error is not None
        and error.__traceback__ is not None
        and "runcomfy_client" not in error.__traceback__.tb_frame.f_code.co_filename
    ):
        error.__traceback__ = error.__traceback__.tb_next
    assert error is not None
    assert error.__traceback__ is not None
    assert TOKEN not in exposed(error)


@pytest.mark.parametrize(
    "options", [{"base_url": "http://example.com"}, {"http_timeout": -1}, {"http_timeout": 0}, {"http_timeout": float("nan")}]
)
def test_a_client_that_cannot_be_made_does_not_show_the_token(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        RunComfy(TOKEN, **options)
    error = caught.value
    assert error.__traceback__ is not None
    error.__traceback__ = error.__traceback__.tb_next
    assert "find_token" in exposed(error) or "Settings" in exposed(error)
    assert TOKEN not in exposed(error)


def test_a_malformed_token_shows_in_no_frame() -> None:
    with pytest.raises(ConfigurationError) as caught:
        RunComfy("canary 4711")
    assert caught.value.__traceback__ is not None
    caught.value.__traceback__ = caught.value.__traceback__.tb_next
    assert "canary" not in exposed(caught.value)


@KINDS
def test_a_result_can_be_pickled_without_its_client(kind: str) -> None:
    server = Server(submit=ACCEPTED, status=DONE, result=SUCCESS)
    result = Rig(kind, server).run()
    frozen = pickle.dumps(result)
    assert TOKEN.encode() not in frozen
    twin = pickle.loads(frozen)
    assert (twin.request_id, twin.output, twin.raw) == (result.request_id, result.output, result.raw)
    with pytest.raises(ConfigurationError, match="Fetch it anew"):
        saving = twin.save("anywhere")
        saving.send(None)


def echoing(status: int) -> Server:
    text = f"bad: Bearer {TOKEN}; https://files.example.com/a.png?signature=s3cret"
    return Server(submit=says(status, headers={"x-echo": TOKEN}, message=text, token=TOKEN))


@KINDS
@pytest.mark.parametrize("status", [401, 422, 500])
def test_a_server_that_echoes_the_token_does_not_get_it_printed(kind: str, status: int, caplog: pytest.LogCaptureFixture) -> None:
    """Nor does one that echoes a signed URL of the inputs."""
    with caplog.at_level(logging.DEBUG), pytest.raises(RunComfyError) as caught:
        Rig(kind, echoing(status)).submit()
    shown = exposed(caught.value) + repr(pickle.dumps(caught.value)) + caplog.text
    assert TOKEN not in shown and "s3cret" not in shown
    if status != 500:
        assert "bad: Bearer [token]; https://files.example.com/a.png" in str(caught.value)


@pytest.mark.parametrize("apostrophe", [b"", b"'"])
@pytest.mark.parametrize("part", ["httpcore.http11", "httpcore2.http11", "httpcore.http2"])
def test_the_log_of_httpcore_does_not_show_where_a_signed_file_is_redirected_to(
    part: str, apostrophe: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    Rig("sync", Server(submit=ACCEPTED)).submit()
    location = b"https://cdn.example.net/a%s.mp4?signature=s3cret" % apostrophe
    with caplog.at_level(logging.DEBUG):
        logging.getLogger(part).debug(
            f"receive_response_headers.complete return_value=(b'HTTP/1.1', 302, b'Found', [(b'Location', {location!r})])"
        )
    assert f"https://cdn.example.net/a{apostrophe.decode()}.mp4" in caplog.text and "s3cret" not in caplog.text
