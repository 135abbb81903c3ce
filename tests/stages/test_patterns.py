"""Accepted patterns have the same meaning in the engines of Python and pydantic, and are fast."""

from __future__ import annotations

import re
import time
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import StringConstraints, TypeAdapter, ValidationError

from codegen.analyse.dialect.patterns import PortablePattern, UnsupportedPattern, to_portable

PIECES = st.sampled_from(
    [
        "a",
        "b",
        "0",
        "-",
        "_",
        "é",
        ".",
        "^",
        "$",
        "\\d",
        "\\w",
        "\\s",
        "\\D",
        "\\.",
        "\\-",
        "\\n",
        "\\/",
        "[a-c]",
        "[^a]",
        "[\\d-]",
        "[-a]",
        "[a&&b]",
        "[[]",
        "[~~]",
        "(a|b)",
        "(?:a)",
        "(ab)?",
        "a?",
        "a*",
        "b+",
        "a{2}",
        "a{1,3}",
        "[0-9]{2,}",
        "|",
        "{",
        "}",
        "]",
        "&",
        "#",
        "~",
        "<",
        " ",
    ]
)
PATTERNS = st.lists(PIECES, max_size=6).map("".join)
TEXTS = st.text(st.sampled_from("ab0-_é.\n &#~<{}]/9"), max_size=6)


@given(PATTERNS, st.lists(TEXTS, min_size=1, max_size=5))
def test_any_checked_pattern_has_the_same_meaning_in_both_engines(pattern: str, texts: list[str]) -> None:
    found = to_portable(pattern)
    if isinstance(found, UnsupportedPattern):
        return
    by_pydantic = TypeAdapter(Annotated[str, StringConstraints(pattern=found.text)])
    by_python = re.compile(re.sub(r"(?<!\\)\$", r"\\Z", found.text))
    for text in texts:
        try:
            by_pydantic.validate_python(text)
            valid = True
        except ValidationError:
            valid = False
        assert valid == bool(by_python.search(text)), (pattern, found.text, text)


@pytest.mark.parametrize(
    ("pattern", "rewritten"),
    [
        ("^[a-z0-9-]+$", "^[a-z0-9\\-]+$"),
        ("^#[0-9a-fA-F]{6}$", "^#[0-9a-fA-F]{6}$"),
        ("^(\\d+)x(\\d+)$", "^(?:[0-9]+)x(?:[0-9]+)$"),
        ("^\\d+(\\.\\d+)?$", "^[0-9]+(?:\\.[0-9]+)?$"),
        ("auto|\\w{2}", "auto|[A-Za-z0-9_]{2}"),
        ("", ""),
    ],
)
def test_everyday_patterns_are_checked(pattern: str, rewritten: str) -> None:
    assert to_portable(pattern) == PortablePattern(rewritten)


@pytest.mark.parametrize(
    "pattern",
    [
        "^(a+)+$",
        "(?=a)(a+)+$",
        "(a|a)*b",
        "a*a*a*b",
        "(?i)a",
        "\\bword",
        "\\1",
        "a+?",
        "a++",
        "\\p{L}",
        "[]a]",
        "a{2000}",
        "x" * 1001,
    ],
)
def test_patterns_that_may_be_slow_or_ambiguous_are_not_checked(pattern: str) -> None:
    found = to_portable(pattern)
    assert isinstance(found, UnsupportedPattern) and found.reason
    assert not found.broken or pattern in ("\\1", "\\p{L}", "a++")


@pytest.mark.parametrize("pattern", ["(", ")", "[a", "*a", "a**", "(?<", "a{3,1}", "[z-a]"])
def test_an_invalid_pattern_is_reported(pattern: str) -> None:
    found = to_portable(pattern)
    assert isinstance(found, UnsupportedPattern) and found.broken


@given(PATTERNS)
def test_any_checked_pattern_is_fast_on_adversarial_text(pattern: str) -> None:
    found = to_portable(pattern)
    if isinstance(found, PortablePattern):
        started = time.process_time()
        re.search(found.text, "a" * 300 + "!")
        assert time.process_time() - started < 1


@given(st.text(max_size=30))
def test_any_text_gets_a_verdict(pattern: str) -> None:
    assert isinstance(to_portable(pattern), PortablePattern | UnsupportedPattern)
