"""Options of a client: its balance, its hooks, and copies with other options."""

from __future__ import annotations

import os
import signal
from typing import Any, cast

import httpx
import pytest
from runcomfy_client._core.protocol.urls import Origin
from runcomfy_client.client import RunComfy
from runcomfy_client.errors import APIError, ConfigurationError, RunComfyError, ServerError
from runcomfy_client.hooks import CallEnded, CallStarted, Hooks
from runcomfy_client.policy import Policy
from runcomfy_client.sigterm import sigterm_as_ctrl_c

from tests.runtime.harness import (
    ACCEPTED,
    BASE,
    DONE,
    SUCCESS,
    TOKEN,
    ClientHarness,
    FakeClock,
    Film,
    ScriptedServer,
    json_reply,
    raw_reply,
)

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])


@KINDS
@pytest.mark.parametrize(
    ("body", "usd"),
    [
        ({"balance_usd": 4.2, "balance_microdollars": 4_200_001, "currency": "USD"}, 4.200001),
        ({"balance_usd": -0.5}, -0.5),
        ({"balance_usd": 0, "balance_microdollars": None}, 0.0),
        ({"balance_usd": "12.50"}, 12.5),
    ],
)
def test_a_balance_is_read_exactly(kind: str, body: dict[str, Any], usd: float) -> None:
    server = ScriptedServer(balance=[json_reply(503), json_reply(**body)])
    balance = ClientHarness(kind, server).call(lambda client: client.balance())
    assert (balance.usd, balance.currency, balance.raw) == (usd, "USD", body)
    assert {str(request.url) for _, request in server.calls} == {f"{BASE}/prod/v2/balance"}


@KINDS
@pytest.mark.parametrize(
    ("say", "error"), [(json_reply(404), APIError), (json_reply(ok=True), ServerError), (json_reply(401), RunComfyError)]
)
def test_an_unavailable_balance_is_an_error(kind: str, say: Any, error: type[RunComfyError]) -> None:
    with pytest.raises(error) as caught:
        ClientHarness(kind, ScriptedServer(balance=say)).call(lambda client: client.balance())
    assert caught.value.request_id is None and "request_id" not in str(caught.value)


@pytest.mark.parametrize(
    ("base_url", "account"),
    [
        ("https://model-api.runcomfy.net", "https://api.runcomfy.net"),
        ("https://model-api.runcomfy.net/", "https://api.runcomfy.net"),
        ("https://MODEL-API.runcomfy.net:443", "https://api.runcomfy.net"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("https://model-api.runcomfy.net:444", "https://model-api.runcomfy.net:444"),
        ("https://proxy.example.com/runcomfy", "https://proxy.example.com"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_the_token_goes_to_the_account_api_of_the_configured_origin(base_url: str, account: str) -> None:
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"balance_usd": 1})

    assert Origin.of(base_url).account == account
    with httpx.Client(transport=httpx.MockTransport(serve)) as http:
        RunComfy(TOKEN, base_url=base_url, http_client=http).balance()
    assert [str(request.url) for request in asked] == [f"{account}/prod/v2/balance"]


@KINDS
def test_hooks_see_every_call_and_no_secret(kind: str, tmp_path: Any) -> None:
    started: list[CallStarted] = []
    ended: list[CallEnded] = []
    server = ScriptedServer(
        submit=[httpx.ConnectError(f"no way to {TOKEN}"), ACCEPTED], status=DONE, result=SUCCESS, file=raw_reply(b"film")
    )

    def sync(client: Any) -> Any:
        return client.run(Film(prompt="x")).save(tmp_path)

    async def asynchronous(client: Any) -> Any:
        return await (await client.run(Film(prompt="x"))).save(tmp_path)

    hooks = Hooks(request=started.append, response=ended.append)
    ClientHarness(kind, server, hooks=hooks).call(sync if kind == "sync" else asynchronous)
    assert [(call.method, call.url.rpartition("/")[2]) for call in started] == [
        ("POST", "text%20to%20video"),
        ("POST", "text%20to%20video"),
        ("GET", "status"),
        ("GET", "result"),
        ("GET", "a.mp4"),
    ]
    assert [end.call for end in ended] == started
    assert [end.status for end in ended] == [None, 200, 200, 200, 200]
    assert b"succeeded" in ended[3].body and ended[3].headers["content-type"] == "application/json"
    assert TOKEN not in repr(started + ended) + repr(ended[0].error) and "s3cret" not in repr(started)


@KINDS
@pytest.mark.parametrize("which", ["request", "response"])
def test_a_hook_that_raises_loses_no_job(kind: str, which: str, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_call: Any) -> None:
        raise ZeroDivisionError("a bug of the user's")

    server = ScriptedServer(submit=ACCEPTED, status=DONE, result=SUCCESS)
    assert ClientHarness(kind, server, hooks=Hooks(**{which: fail})).run().request_id == "r-1"
    assert server.count("submit") == 1 and "a hook of the client failed" in caplog.text


@KINDS
def test_with_options_changes_one_copy(kind: str) -> None:
    server = ScriptedServer(submit=ACCEPTED, status=DONE, result=SUCCESS)
    seen: list[Any] = []
    harness = ClientHarness(kind, server)
    harness.call(
        lambda client: client.with_options(include_cost=True, http_timeout=3.0, hooks=Hooks(request=seen.append)).run(
            Film(prompt="x")
        )
    )
    assert server.requests("result")[0].url.query == b"include_cost=true" and len(seen) == 3
    assert server.requests("submit")[0].extensions["timeout"]["read"] == 3.0
    harness.call(lambda client: client.run(Film(prompt="x")))
    assert server.requests("result")[1].url.query == b"" and len(seen) == 3


def test_copies_of_a_client_share_connections_and_budgets() -> None:
    client = RunComfy(TOKEN, base_url=BASE)
    twin = client.with_options(include_cost=True)
    one, other = client._session.settings.options, twin._session.settings.options
    assert one.rate_limiter is other.rate_limiter and one.retry_budget is other.retry_budget and not one.include_cost
    patient = client.with_options(policy=Policy(max_attempts=9))
    assert patient._session.settings.options.rate_limiter is not one.rate_limiter
    with pytest.raises(ConfigurationError, match="http_timeout"):
        client.with_options(http_timeout=-1)
    twin.close()
    with pytest.raises(ConfigurationError, match="closed"):
        client.submit(Film(prompt="x"))


def test_a_status_keeps_the_raw_response() -> None:
    server = ScriptedServer(status=json_reply(status="in_queue", eta=7))
    assert ClientHarness("sync", server).call(lambda client: client.job("r-1").status()).raw["eta"] == 7


def test_sigterm_as_ctrl_c_names_the_job() -> None:
    def kill(request: httpx.Request) -> httpx.Response:
        os.kill(os.getpid(), signal.SIGTERM)
        return json_reply(status="in_progress")(request)

    before = signal.getsignal(signal.SIGTERM)
    server = ScriptedServer(submit=ACCEPTED, status=kill)
    with pytest.raises(KeyboardInterrupt) as caught, sigterm_as_ctrl_c():
        ClientHarness("sync", server, clock=FakeClock()).run()
    assert "r-1" in "".join(caught.value.__notes__)
    assert signal.getsignal(signal.SIGTERM) is before


@KINDS
@pytest.mark.parametrize("timeout", ["5", float("nan"), True, [5]])
def test_a_timeout_that_is_not_a_number_is_rejected_before_anything_is_sent(kind: str, timeout: Any) -> None:
    server = ScriptedServer(submit=ACCEPTED, status=DONE, result=SUCCESS)
    for use in (
        lambda client: client.run(Film(prompt="x"), timeout=timeout),
        lambda client: client.job("r-1").result(timeout=timeout),
        lambda client: client.preflight(Film(prompt="x"), timeout=timeout),
        lambda client: client.run_all([Film(prompt="x")], timeout=timeout),
    ):
        with pytest.raises(ConfigurationError, match=r"`timeout` is .* number of seconds"):
            ClientHarness(kind, server).call(use)
    assert server.calls == []


@KINDS
@pytest.mark.parametrize("timeout", [0, -1.5])
def test_nothing_is_submitted_with_a_timeout_of_zero_or_less(kind: str, timeout: float) -> None:
    server = ScriptedServer(submit=ACCEPTED)
    for use in (
        lambda client: client.run(Film(prompt="x"), timeout=timeout),
        lambda client: client.run_all([Film(prompt="x")], timeout=timeout),
    ):
        with pytest.raises(ConfigurationError, match="no time left"):
            ClientHarness(kind, server).call(use)
    assert server.calls == []


@KINDS
def test_a_timeout_may_be_infinite(kind: str) -> None:
    server = ScriptedServer(submit=ACCEPTED, status=DONE, result=SUCCESS)
    assert ClientHarness(kind, server).run(timeout=float("inf")).request_id == "r-1"


@pytest.mark.parametrize(
    "numbers",
    [
        {"polls_per_second": 0},
        {"max_attempts": 0},
        {"submit_grace_period": -1},
        {"poll_multiplier": 0.5},
        {"poll_jitter": 2},
        {"poll_initial": "1"},
    ],
)
def test_an_invalid_policy_is_rejected(numbers: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=f"`{next(iter(numbers))}` of the policy"):
        Policy(**numbers)


@pytest.mark.parametrize("timeout", ["60", 0, float("nan"), float("inf"), True])
def test_an_invalid_http_timeout_is_rejected(timeout: Any) -> None:
    with pytest.raises(ConfigurationError, match="`http_timeout` is"):
        RunComfy(TOKEN, base_url=BASE, http_timeout=timeout)


@pytest.mark.parametrize("option", [{"policy": {}}, {"hooks": print}, {"http_client": "x"}, {"http_timeout": None}])
def test_an_option_of_the_wrong_type_is_rejected_by_the_constructor(option: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(option))):
        RunComfy(TOKEN, base_url=BASE, **option)


@KINDS
def test_mistakes_in_calls_have_clear_messages(kind: str) -> None:
    mistakes: list[tuple[Any, str]] = [
        (lambda client: client.run_all(Film(prompt="x")), "takes an iterable of requests"),
        (lambda client: client.job("r-1", "studio/film"), "must be a request class"),
        (lambda client: client.job("r-1", dict), "must be a request class"),
        (lambda client: client.job(None), "a request id consists of letters"),
        (lambda client: client.submit(Film(prompt="x").with_extra_inputs(cast("Any", "seed"))), "extra inputs must be a mapping"),
    ]
    for use, words in mistakes:
        with pytest.raises((TypeError, RunComfyError), match=words):
            ClientHarness(kind, ScriptedServer(submit=ACCEPTED)).call(use)


def test_sigterm_interrupts_where_ctrl_c_is_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in the background of a script
    try:
        with sigterm_as_ctrl_c() as terminated:
            assert not terminated()
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
            assert terminated()
    finally:
        signal.signal(signal.SIGINT, before)
