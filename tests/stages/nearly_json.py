"""Random JSON, and random text that is nearly JSON."""

from __future__ import annotations

from hypothesis import strategies as st

TEXTS = st.text(st.characters(codec="utf-8"))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=25)
# Pieces of JSON and of what is nearly JSON, so that random sequences of them come close to documents.
NEAR_JSON = st.lists(
    st.sampled_from(
        [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            '"',
            '"a"',
            '"b"',
            '"type"',
            "\\",
            "\\u00e9",
            '"\\ud83d"',
            '"\\ud83d\\ude00"',
            "1",
            "-",
            "01",
            "1.5",
            "1e400",
            "9" * 400,
            "9" * 5000,
            "NaN",
            "-Infinity",
            "true",
            "null",
            "True",
            "'",
            "//",
            "#",
            " ",
            "\n",
            "\t",
            "\x0b",
            "\xa0",
            "\x00",
            '{"a":',
            '{"a":1}',
            '{"type": "object", "properties": {}}',
            "[1]",
            "[" * 200,
            '{"a":' * 200,
        ]
    ),
    max_size=12,
).map("".join)
