"""Extracting text from HTML: the visible text, its positions, and linear time."""

from __future__ import annotations

import html
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.read.ingest.html import extract_text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("a<b>b</b>c", "abc"),
        ("a<p>b</p>c", "a\nb\nc"),
        ("a<br/>b", "a\nb"),
        ("<span\nclass='x>y' data-z=\"<p>\">a</span>", "a"),
        ("<p class=don't>a</p>", "\na\n"),
        ("&lt;&#65;&#x42;&quot;&nbsp;&unknown; & <", '<AB"\u00a0&unknown; & <'),
        ("a<!-- <b> -- > -->b<!DOCTYPE x>c<?php d?>e", "abce"),
        ("a<script type=x>if (a < b) { '</p>' }</script >b<STYLE>c</Style>d", "abd"),
        ("a<scripture>b", "a\nb"),
        ("a<script>b", "a"),
        ("a<!--b", "a"),
        ("a<b c='d", "a"),
        ("1 < 2 <3", "1 < 2 <3"),
    ],
)
def test_visible_text_is_kept(page: str, text: str) -> None:
    assert extract_text(page, "f").content == text


@given(
    st.lists(
        st.sampled_from(["<b>", "<p x='&'>", "</p>\n", "&amp;", "&#10;", "<!-- \n -->", "<script>a\n</script>", "\n", "&lt;", " é"])
    )
)
def test_every_character_keeps_its_position(pieces: list[str]) -> None:
    page = "".join(f"{piece}x{index};" for index, piece in enumerate(pieces))
    source = extract_text(page, "f")
    for index in range(len(pieces)):
        word = f"x{index};"
        offset = page.index(word)
        place = source.place(source.content.index(word))
        assert (place.line, place.column) == (page.count("\n", 0, offset) + 1, offset - page.rfind("\n", 0, offset))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1))
def test_any_escaped_text_is_restored(text: str) -> None:
    expected = html.unescape(html.escape(text))
    assert extract_text(html.escape(text), "f").content == expected


@given(st.text(st.sampled_from("<>/!-&;#='\" abpx\n")))
def test_any_page_has_a_text(page: str) -> None:
    source = extract_text(page, "f")
    for offset in range(len(source.content) + 1):
        place = source.place(offset)
        assert place.line is not None and 1 <= place.line <= page.count("\n") + 1 and place.column is not None and place.column >= 1


@pytest.mark.parametrize(
    "unit", ["<a ", "<!--", "<!", "</", "<a b='", '<a b="', "<script>", "<", "&", "&#", "&a", "<a b=c ", "<?", "<![CDATA["]
)
def test_extracting_text_takes_linear_time(unit: str) -> None:
    def seconds(length: int) -> float:
        page = unit * (length // len(unit))
        start = time.process_time()
        extract_text(page, "f")
        return time.process_time() - start

    short = min(seconds(25_000) for _ in range(3))
    assert seconds(200_000) < 24 * short + 0.05  # eight times the page; a quadratic reading would take 64 times as long
