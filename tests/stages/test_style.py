"""Generated literals evaluate to the original values, and contain no invisible characters."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.emit.style import format_if_needed, format_with_black
from codegen.values.literals import WIDTH, docstring, literal

NASTY = st.text(st.one_of(st.sampled_from("\"'\\\n\r\t\0\x0b\x0c\x85\u2028\u202e{}%`#"), st.characters()), max_size=60)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | NASTY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NASTY, inner, max_size=4),
    max_leaves=12,
)


def typed(value: Any) -> Any:
    """Return a value with its types, so that 1, 1.0 and True differ."""
    match value:
        case list():
            return [typed(item) for item in value]
        case dict():
            return {key: typed(item) for key, item in value.items()}
        case _:
            return (type(value).__name__, repr(value))


@given(JSON)
def test_any_json_value_is_unchanged_after_evaluation(value: Any) -> None:
    source = literal(value)
    assert typed(ast.literal_eval(source)) == typed(value)
    assert source.isprintable()


@given(st.lists(NASTY, min_size=1, max_size=3), st.sampled_from([0, 4]))
def test_any_docstring_is_a_constant_with_the_words_of_its_text(paragraphs: list[str], indent: int) -> None:
    source = " " * indent + docstring(*paragraphs, indent=indent)
    if indent:
        source = f"class C:\n{source}\n"
    body = ast.parse(source).body
    if indent:
        assert isinstance(body[0], ast.ClassDef)
        body = body[0].body
    assert len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    words = " ".join(paragraphs).split()
    assert str(body[0].value.value).split() == words
    assert all(c.isprintable() or c == "\n" for c in source)


def test_a_docstring_ending_in_a_quote_or_a_backslash() -> None:
    for text in ('say "hi"', "a\\", '"""', '\\"""', 'x"'):
        assert ast.literal_eval(docstring(text, indent=0)) == text


def test_long_docstrings_are_wrapped_and_indented() -> None:
    text = docstring("word " * 60, indent=4)
    assert all(len(line) <= WIDTH for line in text.splitlines())
    assert text.splitlines()[1].startswith("    word")


@pytest.mark.parametrize("text", ['"a" b', '"a"\nb', "a \\ b\nc\x07", 'a\n"', "a" * 200, '"a b ' * 50, "a\n\\"])
def test_docstrings_are_as_black_formats_them(text: str) -> None:
    inner = docstring(text, indent=4)
    source = f"{docstring(text, indent=0)}\n\n\nclass C(B):\n    {inner}\n\n    x: int\n    {inner}\n"
    assert format_if_needed(source) == format_with_black(source) == source


def test_long_statements_are_formatted_by_black() -> None:
    source = "x: Literal[" + ", ".join(['"abcdefgh"'] * 12) + "]\n"
    assert format_if_needed(source) == format_with_black(source) != source


WORDS = NASTY | st.text(st.sampled_from("ab \"'"), max_size=200)
CHOICES = st.lists(NASTY | st.integers(), min_size=1, max_size=20)


@given(WORDS, st.lists(st.tuples(st.sampled_from("ab"), CHOICES, JSON, WORDS), max_size=4))
def test_formatting_only_long_statements_gives_the_result_of_black(
    text: str, fields: list[tuple[str, list[str | int], Any, str]]
) -> None:
    source = f"class C(B):\n    {docstring(text or 'x', indent=4)}\n"
    for name, choices, value, words in fields:
        annotation = f'Literal[{", ".join(map(literal, choices))}] | None'
        source += f"\n    {name}: {annotation} = {literal(value)}\n"
        source += f"\n    {docstring(words, indent=4)}\n" if words.split() else ""
    assert format_if_needed(source) == format_with_black(source)
