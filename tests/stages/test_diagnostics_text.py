"""Messages show values so that they can be told apart."""

from __future__ import annotations

import pytest

from codegen.values.diagnostics import quote_diff, quoted


@pytest.mark.parametrize("prefix", ["", "an elephant " * 9])
def test_two_long_texts_are_shown_around_their_first_difference(prefix: str) -> None:
    one, other = quote_diff(f"{prefix}Größe 1, {'tail ' * 20}", f"{prefix}Größe 2, {'tail ' * 20}")
    assert "Größe 1" in one and "Größe 2" in other and max(len(one), len(other)) <= 60
    assert one.startswith("...") == bool(prefix) and one.endswith("...")


def test_a_text_that_is_the_beginning_of_another_is_seen_to_end() -> None:
    one, other = quote_diff("word " * 20, "word " * 20 + "more")
    assert one.endswith('"') and "more" in other


def test_what_cannot_be_printed_is_escaped_and_the_rest_is_not() -> None:
    assert quoted("é\u202e\n") == '"é\\u202e\\n"'
    assert quoted("é", plain=True) == '"\\u00e9"'
