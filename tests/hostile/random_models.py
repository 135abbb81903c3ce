"""Random schemas in two versions: one whose strings all try to break something, and one of the same shape with plain words."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable
from random import Random
from typing import Any, Final

from codegen.values.names import RESERVED

CODE: Final = '__import__("os").environ.__setitem__("HOSTILE_CANARY","hostile")'
_CHARACTERS: Final = [
    *("\"'\\`#%$&|~^?*+-=/<>()[]{},;:.!@_ \t\n\r\0\x07\x0b\x0c\x1b\x1c\x1d\x1e\x7f\x85\xa0\xad"),
    *(
        "\u00e9\u0130\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff\ufb01\uff11\ufffd\ue000\u0301\u0967\u4e2d\U0001f642\U000e0001"
    ),
]
_SNIPPETS: Final = [
    *('"""', "'''", '\\"', "\\'", '\\"""', '"""\\', "\r\n", "\\n", "\\x", "\\u12", "\\N{DIGIT ONE}", "\\8", "\x1b[2J"),
    *("{{", "}}", "{{ 7 * 7 }}", "{%", "%}", "{% raw %}", "{#", "#}", "{0}", "{x!r}", "%s", "%(a)s", "${x}", "{}"),
    *(
        "# type: ignore",
        "\n# noqa\n",
        "\n-*- coding: utf-7 -*-",
        "# fmt: off",
        "\n@property\n",
        "=1",
        "];",
        ")\n",
        '", x="',
        "', x='",
    ),
    *(f'"""\n{CODE}\n"""', f"'\n{CODE}\n'", f'"\r{CODE}\r#', f"\n    {CODE}\n", f"{{{CODE}}}", f"\u2028{CODE}", f"\x0c{CODE}"),
    *("$ref", "#/$defs/x", "~0", "~1", "%2e%2e", "../../x", "C:\\", "file:///etc/passwd", "customTypePath", "a", "1", "x" * 70),
]
_WORDS: Final = sorted(
    {
        *keyword.kwlist,
        *keyword.softkwlist,
        *RESERVED,
        "object",
        "type",
        "print",
        "property",
        "typing",
        "pydantic",
        "Any",
        "Config",
        "root",
    }
    | {
        "__class__",
        "__init__",
        "__slots__",
        "__dict__",
        "__doc__",
        "__module__",
        "__annotations__",
        "__pydantic_fields__",
        "_",
        "__",
    }
    | {f"{prefix}{name}{number}" for prefix in ("", "M0", "M1") for name in ("Placeholder", "Part", "Object") for number in (0, 1)}
    | {
        "Parts",
        "M0Parts",
        "field0",
        "field1",
        "slot0",
        "field",
        "Unused",
        "placeholders",
        "option1",
        "item",
        "value",
        "$defs",
        "Nested",
    }
    | {
        "properties",
        "required",
        "enum",
        "const",
        "default",
        "$ref",
        "x-media",
        "x-rules",
        "additionalProperties",
        "title",
        "description",
    }
)
_SEGMENTS: Final = (
    "class None __init__ __pycache__ con nul aux COM1 models _index import 4K 3.0 -x- _ lambda self test_x typing os Field Request "
    "Placeholder0 Part0 Object0 field0 true False EXPORTS any-json image-url"
).split()
_SPECIAL: Final = re.compile(r"[\\.^$|?*+()\[\]{}&~#-]")


class HostileStrings:
    """Random strings for one model; all differ."""

    def __init__(self, seed: int, *, hostile: bool) -> None:
        self.hostile = hostile
        self.random = Random(seed)
        self.taken: set[str] = set()

    def text(self) -> str:
        """Return any text."""
        made = self._hostile_string() if self.hostile else "a plain-word"
        while made in self.taken or not made.strip():
            made += str(len(self.taken))
        self.taken.add(made)
        return made

    def segment(self) -> str:
        """Return a segment of a model id."""
        return self.random.choice(_SEGMENTS) if self.hostile else "plain"

    def _hostile_string(self) -> str:
        if self.random.random() < 0.3:
            return self.random.choice(_WORDS)
        pools = [self.random.choice((_CHARACTERS, _CHARACTERS, _SNIPPETS, _WORDS)) for _ in range(self.random.randint(1, 5))]
        return "".join(map(self.random.choice, pools))


def _pattern(text: str) -> str:
    """Return a pattern in the checked subset of regular expressions."""
    return "".join(f"\\{c}" if _SPECIAL.match(c) else c for c in text)


def _pair(words: HostileStrings) -> dict[str, Any]:
    return {
        "type": "object",
        "description": words.text(),
        "properties": {words.text(): {"type": "string", "default": words.text()}, words.text(): {"type": "integer"}},
    }


_KINDS: Final[tuple[Callable[[HostileStrings], dict[str, Any]], ...]] = (
    lambda words: {"type": "string", "default": words.text()},
    lambda words: {"type": "string", "enum": (values := [words.text() for _ in range(3)]), "default": values[0]},
    lambda words: {"enum": [words.text(), 1, True, None, 2.5, words.text(), 0, False]},
    lambda words: {"const": words.text()},
    lambda words: {"type": "string", "default": (text := words.text()), "pattern": _pattern(text), "minLength": 1},
    lambda words: {"type": "array", "items": {"type": "string"}, "default": [words.text(), words.text()], "uniqueItems": True},
    lambda words: {"type": "array", "items": {"type": "string", "enum": [words.text(), words.text()]}, "maxItems": 4},
    lambda words: {"type": "object", "additionalProperties": {"type": "string"}, "default": {words.text(): words.text()}},
    lambda words: {"type": "object", "default": {words.text(): [words.text(), 1, 1.0, True, None]}},
    _pair,
    lambda words: {"type": "array", "items": _pair(words), "minItems": 1},
    lambda words: {"anyOf": [{"type": "string", "enum": [words.text()]}, {"type": "integer"}]},
    lambda words: {"type": "integer", "default": 7, "minimum": -3, "format": words.text()},
    lambda words: {"type": ["string", "null"], "default": words.text()},
    lambda words: {"type": "number", "default": 1.5, "multipleOf": 0.5, words.text().join(("x-", "")): words.text()},
    lambda words: {
        "type": "string",
        "format": "image_uri",
        "validations": [{"validation_rule": "file_size_mb<", "validation_value": 5}],
    },
    lambda words: {"enum": [[words.text()], {words.text(): [words.text(), 1]}, words.text()]},
    lambda words: {"type": "string", "enum": [words.text(), words.text(), None], "nullable": True},
)


def _input(kind: int, words: HostileStrings) -> dict[str, Any]:
    """Return one input with every possible text keyword."""
    texts = {
        key: words.text() for key in ("title", "$comment", "placeholder", "x-python-import", "customTypePath", "x-enum-varnames")
    }
    return {**texts, "description": words.text(), "examples": [words.text()], **_KINDS[kind](words)}


SHAPES: Final = len(_KINDS) + 1
"""How many shapes there are; seeds that far apart give the same."""


def document(seed: int, inputs: int, *, hostile: bool) -> dict[str, Any]:
    """Return the schema document of one model. The seed determines its shape, and its texts if `hostile`."""
    shape, words = Random(seed % SHAPES), HostileStrings(seed, hostile=hostile)
    kinds = [(seed + number) % SHAPES for number in range(inputs)]
    properties: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for kind in kinds:
        name = words.text()
        if kind == len(_KINDS):
            target = words.text()
            definitions[target] = _pair(words)
            pointer = target.replace("~", "~0").replace("/", "~1")
            properties[name] = {"$ref": f"#/$defs/{pointer}", "description": words.text()}
        else:
            properties[name] = _input(kind, words)
    return {
        "model_id": f"{words.segment()}/{words.segment()}/{'hostile' if hostile else 'plain'}-{seed}",
        "display_name": words.text(),
        "description": words.text(),
        "categories": [words.text(), words.text()],
        "source": words.text(),
        "input_schema": {
            "type": "object",
            "title": words.text(),
            "$id": words.text(),
            "description": words.text(),
            "properties": properties,
            "required": [name for name in properties if shape.random() < 0.3],
            "$defs": definitions,
        },
        "output_schema": {
            "output": {"type": "object", "properties": {words.text(): {"type": "string", "description": words.text()}}}
        },
        "incomplete": [words.text()],
    }
