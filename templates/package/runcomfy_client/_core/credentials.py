"""Finds and validates the API token, and keeps it out of everything that is printed, logged or stored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from os import environ
from pathlib import Path
from typing import Final, NoReturn

from runcomfy_client.errors import MalformedToken, MissingToken

VARIABLES: Final = ("RUNCOMFY_API_TOKEN", "RUNCOMFY_TOKEN", "RUNCOMFY_API_KEY", "YOUR_API_TOKEN")
"""The environment variables that may contain the token, most specific first. The model pages name the last one."""

_PLACEHOLDER: Final = re.compile(r"<.*>|\$.*|\{.*\}|your[_-]?(api[_-]?)?(token|key)", re.IGNORECASE)

_MIN_SEARCHED: Final = 8
"""The minimum length of a token that `redact` and `occurs_in` search for. A shorter one occurs in ordinary words."""


class Token:
    """A secret string. Only `get_secret_value` returns it; printing, formatting, pickling and `vars` do not.

    The text is wrapped before it is validated, so that no local variable in a traceback contains it.
    """

    __slots__ = ("_forms", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._forms: tuple[str, ...] = ()
        """The token, plain and JSON-escaped; empty if it is too short to search for."""
        if isinstance(text, str) and len(text) >= _MIN_SEARCHED:
            quoted = json.dumps(text)[1:-1]
            self._forms = tuple({text, quoted, quoted.replace("/", "\\/")})

    def get_secret_value(self) -> str:
        """Return the secret. Use it for the Authorization header only."""
        return self._text

    def occurs_in(self, data: bytes) -> bool:
        """True if `data` contains the token, plain or JSON-escaped, and the token is long enough to search for."""
        return any(form.encode() in data for form in self._forms)

    def redact(self, text: str) -> str:
        """Return `text` with each occurrence of the token replaced by `[token]`."""
        for form in self._forms:
            text = text.replace(form, "[token]")
        return text

    def validation_error(self) -> str | None:
        """Return why the token is invalid, without showing it; None if it is valid."""
        text = self._text
        if not isinstance(text, str):
            return f"is a {type(text).__name__}, not text"
        if not text:
            return "is empty"
        if text.lower().startswith("bearer "):
            return "starts with `Bearer`; pass only the token"
        if text[0] in "\"'`" or text[-1] in "\"'`":
            return "is in quotes; pass only the token"
        if any(c.isspace() for c in text):
            return "contains a blank or a line break"
        if not text.isascii() or not text.isprintable():
            return "contains a character that is not printable ASCII"
        return "is a placeholder, not a token" if _PLACEHOLDER.fullmatch(text) else None

    def __repr__(self) -> str:
        return "Token([hidden])"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token cannot be pickled; pass it to the client again")


def find_token(given: Token | None, *, loopback: bool = False) -> Token:
    """Return the `given` token, else that of the environment, else that of the login of the vendor's CLI.

    An empty variable counts as unset. A loopback base URL, where a simulator listens, needs no token. Source of the variable names
    and of the CLI's file, as of 2026-11-22: the vendor's CLI and ComfyUI nodes, third-party clients, and the placeholder on model
    pages.

    Raises:
        MissingToken: no token was found.
        MalformedToken: the token found is invalid. The message names its source, not its value.
    """
    for token, source in _candidates(given):
        problem = token.validation_error()
        if problem:
            raise MalformedToken(f"The token in {source} is invalid: it {problem}")
        return token
    if loopback:
        return Token("none")  # shorter than _MIN_SEARCHED, so it is not redacted in responses
    raise MissingToken(f"No API token: none of {', '.join(VARIABLES)} is set, and the vendor's CLI is not logged in")


def _candidates(given: Token | None) -> Iterator[tuple[Token, str]]:
    if given is not None:
        yield given, "the `token` argument"
    for name in VARIABLES:
        if environ.get(name):
            yield Token(environ[name]), f"the environment variable {name}"
    path = _cli_file()
    stored = _from_cli(path) if path else None
    if stored is not None:
        yield stored, f"the vendor CLI's file {path}"


def _cli_file() -> Path | None:
    """Return the path of the login file of the vendor's CLI, chosen as the CLI chooses it; None without a home directory."""
    if environ.get("RUNCOMFY_CONFIG_DIR"):
        return Path(environ["RUNCOMFY_CONFIG_DIR"]) / "token.json"
    if environ.get("XDG_CONFIG_HOME"):
        return Path(environ["XDG_CONFIG_HOME"]) / "runcomfy" / "token.json"
    home = environ.get("HOME") or environ.get("USERPROFILE")
    return Path(home) / ".config" / "runcomfy" / "token.json" if home else None


def _from_cli(path: Path) -> Token | None:
    try:
        stored = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    text = stored.get("access_token") if isinstance(stored, dict) else None
    return Token(text) if isinstance(text, str) and text else None
