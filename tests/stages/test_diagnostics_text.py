"""Messages show values so that they can be distinguished."""

from __future__ import annotations

import pytest

from codegen.values.diagnostics import quote_diff, quoted


@pytest.mark.parametrize("prefix", ["", "an elephant " * 9])
def test_two_long_texts_are_shown_around_the_first_difference(prefix: str) -> None:
    one, other = quote_diff(f"{prefix}Größe 1, {'tail ' * 20}", f"{prefix}Größe 2, {'tail ' * 20}")
    assert "Größe 1" in one and "Größe 2" in other and max(len(one), len(other)) <= 60
    assert one.startswith("...") == bool(prefix) and one.endswith("...")


def test_a_text_that_is_a_prefix_of_another_is_marked_as_ended() -> None:
    one, other = quote_diff("word " * 20, "word " * 20 + "more")
    assert one.endswith('"') and "more" in other


def test_only_unprintable_characters_are_escaped() -> None:
    assert quoted("é\u202e\n") == '"é\\u202e\\n"'
    assert quoted("é", plain=True) == '"\\u00e9"'
