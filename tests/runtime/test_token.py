"""The token: its sources, its validation before any call, and that it is never shown."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client._core.credentials import VARIABLES, Token, find_token
from runcomfy_client.client import RunComfy
from runcomfy_client.errors import MalformedToken, MissingToken

SECRET = "canary-4711"


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*VARIABLES, "RUNCOMFY_CONFIG_DIR", "XDG_CONFIG_HOME", "USERPROFILE", "RUNCOMFY_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def login(folder: Path, **content: Any) -> None:
    folder.mkdir(parents=True)
    (folder / "token.json").write_text(json.dumps(content or {"access_token": SECRET, "user_email": "a@example.com"}))


def test_the_order_of_token_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    login(tmp_path / ".config" / "runcomfy")
    assert find_token(None).get_secret_value() == SECRET
    for name in reversed(VARIABLES):
        monkeypatch.setenv(name, f"from-{name}")
        assert find_token(None).get_secret_value() == f"from-{name}"
    assert find_token(Token("given")).get_secret_value() == "given"


def test_an_empty_variable_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOMFY_API_TOKEN", "")
    monkeypatch.setenv("RUNCOMFY_TOKEN", SECRET)
    assert find_token(None).get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("variable", "below"), [("RUNCOMFY_CONFIG_DIR", "."), ("XDG_CONFIG_HOME", "runcomfy"), ("HOME", ".config/runcomfy")]
)
def test_the_locations_of_the_vendors_cli_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, below: str) -> None:
    login(tmp_path / "here" / below)
    monkeypatch.setenv(variable, str(tmp_path / "here"))
    assert find_token(None).get_secret_value() == SECRET


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"access_token": null}', b'{"access_token": ""}'])
def test_an_unreadable_login_is_ignored(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / ".config" / "runcomfy"
    folder.mkdir(parents=True)
    (folder / "token.json").write_bytes(content)
    with pytest.raises(MissingToken):
        find_token(None)


def test_a_missing_token_is_an_error_that_lists_the_three_ways() -> None:
    with pytest.raises(MissingToken) as caught:
        RunComfy()
    assert all(way in str(caught.value) for way in ("RunComfy(token=...)", "RUNCOMFY_API_TOKEN", "runcomfy login"))
    assert "RunComfy profile" in str(caught.value) and "python -m runcomfy_client.simulator" in str(caught.value)


MALFORMED = [
    "",
    " ",
    "canary 4711",
    "canary\n",
    "\tcanary",
    "canäry",
    "canary\x00",
    "canary\x7f",
    '"canary4711"',
    "'canary4711'",
    "`canary4711`",
    '"canary4711',
    "Bearer canary",
    "bearer canary",
]
MALFORMED += [
    "<token>",
    "<YOUR_API_TOKEN>",
    "YOUR_API_TOKEN",
    "your-api-token",
    "YOUR_API_KEY",
    "your_token",
    "$RUNCOMFY_TOKEN",
    "{token}",
]


@pytest.mark.parametrize("text", MALFORMED)
def test_an_invalid_token_is_rejected_and_not_shown(text: str) -> None:
    with pytest.raises(MalformedToken) as caught:
        RunComfy(text)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("text", [SECRET, "sk_live.AB-12+/=~", "x" * 4000, "yourname-123"])
def test_a_valid_token_is_accepted(text: str) -> None:
    assert find_token(Token(text)).get_secret_value() == text


def test_a_token_in_quotes_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOMFY_API_TOKEN", '"canary-4711"')
    with pytest.raises(MalformedToken, match=r"RUNCOMFY_API_TOKEN.*in quotes"):
        RunComfy()


def test_a_malformed_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNCOMFY_TOKEN", "two words")
    with pytest.raises(MalformedToken, match="RUNCOMFY_TOKEN") as caught:
        RunComfy()
    output = str(caught.value)
    assert "two words" not in output
    assert all(way in output for way in ("RunComfy(token=...)", "RUNCOMFY_API_TOKEN", "runcomfy login"))


def test_loopback_needs_no_token() -> None:
    assert find_token(None, loopback=True).get_secret_value() == "none"
    RunComfy(base_url="http://127.0.0.1:8123").close()


def test_a_token_is_hidden_in_repr_and_formatting() -> None:
    token = Token(SECRET)
    client = RunComfy(SECRET)
    shown = [
        repr(token),
        str(token),
        f"{token}",
        f"{token:>30}",
        "%s" % token,  # noqa: UP031  # the way that is tested
        repr([token]),
        repr(client),
        repr(vars(client)),
    ]
    shown += [repr(vars(client._session)), repr(client._session.settings), str(client._session.settings)]
    assert not [text for text in shown if SECRET in text]
    assert not hasattr(token, "__dict__")


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_token_is_not_pickled_or_copied(copied: Any) -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        copied(Token(SECRET))
    with pytest.raises(TypeError) as caught:
        copied(RunComfy(SECRET)) if copied is not copy.copy else copied(Token(SECRET))
    assert SECRET not in str(caught.value)
