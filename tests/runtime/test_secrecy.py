"""The token is sent to one origin and is never shown, whatever the server sends; signed URLs are never logged."""

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

from tests.runtime.harness import (
    ACCEPTED,
    BASE,
    DONE,
    SUCCESS,
    TOKEN,
    ClientHarness,
    FakeClock,
    Film,
    Reply,
    ScriptedServer,
    json_reply,
    raw_reply,
)

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])
EVIL = "https://evil.example.com/v1/requests/r-1/status"


def visible_text(error: BaseException | None) -> str:
    """Return everything that an error can show, including the variables of every frame, and the same for its causes."""
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
def test_urls_in_responses_are_not_used(kind: str, url: str) -> None:
    urls: dict[str, Any] = {"status_url": url, "result_url": url, "cancel_url": url}
    server = ScriptedServer(
        submit=json_reply(request_id="r-1", **urls),
        status=json_reply(status="completed", **urls),
        result=json_reply(status="succeeded", **urls),
    )
    ClientHarness(kind, server).run()
    assert {request.url.netloc for _name, request in server.calls} == {b"api.example.com"}


@KINDS
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("call", ["submit", "status", "result"])
def test_a_redirect_never_receives_the_token(kind: str, status: int, call: str) -> None:
    script: dict[str, Reply | list[Reply]] = {"submit": ACCEPTED, "status": DONE, "result": SUCCESS}
    script[call] = json_reply(status, headers={"location": EVIL})
    server = ScriptedServer(**script)
    with pytest.raises(RunComfyError):
        ClientHarness(kind, server).run(timeout=30)
    assert {request.url.netloc for _name, request in server.calls} == {b"api.example.com"}


@KINDS
def test_headers_cookies_and_auth_of_a_users_http_client_are_not_sent(kind: str) -> None:
    server = ScriptedServer(submit=ACCEPTED)
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
def test_tokens_and_signatures_are_not_logged(kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    server = ScriptedServer(
        submit=[httpx.ConnectError(f"no way to {TOKEN}"), ACCEPTED],
        status=[json_reply(503), json_reply(status="odd"), DONE],
        result=SUCCESS,
        file=[raw_reply(b"", 302, location="https://cdn.example.net/a.mp4?signature=s3cret2"), raw_reply(b"film")],
    )

    def sync(client: Any) -> Any:
        return client.run(Film(prompt="x")).save(tmp_path)

    async def asynchronous(client: Any) -> Any:
        return await (await client.run(Film(prompt="x"))).save(tmp_path)

    with caplog.at_level(logging.DEBUG):
        ClientHarness(kind, server).call(sync if kind == "sync" else asynchronous)
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
    server = ScriptedServer(submit=failure)

    def use(client: Any) -> Any:
        return client.submit(Film(prompt="x"))

    with pytest.raises((RunComfyError, KeyboardInterrupt)) as caught:
        ClientHarness(kind, server).call(use)
    # the frames of the test itself contain the token; only those of the package are checked
    error: BaseException | None = caught.value
    while (
        error is not None
        and error.__traceback__ is not None
        and "runcomfy_client" not in error.__traceback__.tb_frame.f_code.co_filename
    ):
        error.__traceback__ = error.__traceback__.tb_next
    assert error is not None
    assert error.__traceback__ is not None
    assert TOKEN not in visible_text(error)


@pytest.mark.parametrize(
    "options", [{"base_url": "http://example.com"}, {"http_timeout": -1}, {"http_timeout": 0}, {"http_timeout": float("nan")}]
)
def test_a_failing_constructor_does_not_show_the_token(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        RunComfy(TOKEN, **options)
    error = caught.value
    assert error.__traceback__ is not None
    error.__traceback__ = error.__traceback__.tb_next
    assert "find_token" in visible_text(error) or "Settings" in visible_text(error)
    assert TOKEN not in visible_text(error)


def test_a_malformed_token_is_in_no_traceback_frame() -> None:
    with pytest.raises(ConfigurationError) as caught:
        RunComfy("canary 4711")
    assert caught.value.__traceback__ is not None
    caught.value.__traceback__ = caught.value.__traceback__.tb_next
    assert "canary" not in visible_text(caught.value)


@KINDS
def test_a_result_can_be_pickled_without_its_client(kind: str) -> None:
    server = ScriptedServer(submit=ACCEPTED, status=DONE, result=SUCCESS)
    result = ClientHarness(kind, server).run()
    frozen = pickle.dumps(result)
    assert TOKEN.encode() not in frozen
    twin = pickle.loads(frozen)
    assert (twin.request_id, twin.output, twin.raw) == (result.request_id, result.output, result.raw)
    with pytest.raises(ConfigurationError, match="Fetch the result again"):
        saving = twin.save("anywhere")
        saving.send(None)


def echoing(status: int) -> ScriptedServer:
    text = f"bad: Bearer {TOKEN}; https://files.example.com/a.png?signature=s3cret"
    return ScriptedServer(submit=json_reply(status, headers={"x-echo": TOKEN}, message=text, token=TOKEN))


@KINDS
@pytest.mark.parametrize("status", [401, 422, 500])
def test_a_token_echoed_by_the_server_is_redacted(kind: str, status: int, caplog: pytest.LogCaptureFixture) -> None:
    """Also a signed URL of the inputs that the server echoes."""
    with caplog.at_level(logging.DEBUG), pytest.raises(RunComfyError) as caught:
        ClientHarness(kind, echoing(status)).submit()
    shown = visible_text(caught.value) + repr(pickle.dumps(caught.value)) + caplog.text
    assert TOKEN not in shown and "s3cret" not in shown
    if status != 500:
        assert "bad: Bearer [token]; https://files.example.com/a.png" in str(caught.value)


@pytest.mark.parametrize("apostrophe", [b"", b"'"])
@pytest.mark.parametrize("part", ["httpcore.http11", "httpcore2.http11", "httpcore.http2"])
def test_the_log_of_httpcore_does_not_show_redirects_of_signed_files(
    part: str, apostrophe: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    ClientHarness("sync", ScriptedServer(submit=ACCEPTED)).submit()
    location = b"https://cdn.example.net/a%s.mp4?signature=s3cret" % apostrophe
    with caplog.at_level(logging.DEBUG):
        logging.getLogger(part).debug(
            f"receive_response_headers.complete return_value=(b'HTTP/1.1', 302, b'Found', [(b'Location', {location!r})])"
        )
    assert f"https://cdn.example.net/a{apostrophe.decode()}.mp4" in caplog.text and "s3cret" not in caplog.text
