"""Codes of stage 1: files that are not strict JSON."""

from __future__ import annotations

import zlib
from typing import Final

from codegen.values.codes.diagnostic_code import Code, Omitted, inputs, schema

_PLAIN: Final = b'{"type": "object", "properties": {"prompt": {"type": "string"}}}'
_RIGHT: Final = inputs('"prompt": {"type": "string"}')


def _deep() -> bytes:
    return b'{"type": "object", "properties": {"x": {"type": "string", "examples": %b1%b}}}' % (b"[" * 130, b"]" * 130)


CODES: Final[dict[str, Code]] = {
    "RC101": Code(
        "not valid JSON",
        "The file is parsed as strict JSON: no comments, no trailing commas, no single quotes. "
        "A parser that guesses could produce another model than the published one.",
        wrong=inputs('"prompt": {"type": "string"},  // what to show'),
        right=inputs('"prompt": {"type": "string", "description": "what to show"}'),
    ),
    "RC102": Code(
        "not UTF-8 text",
        "Files are decoded as UTF-8, or as UTF-16 with a byte order mark. In other encodings, the same bytes "
        "are different characters, so names and descriptions would be wrong.",
        wrong=schema(
            Omitted('a schema titled "Café", saved as Latin-1', lambda: '{"type": "object", "title": "Café"}'.encode("latin-1"))
        ),
        right=inputs('"café": {"type": "string"}'),
    ),
    "RC103": Code(
        "a binary file",
        "The file is not text, but for example compressed data. It is not decompressed: "
        "a small file could become arbitrarily large, and its content would not be visible to you.",
        wrong=schema(Omitted("a schema, compressed with gzip", lambda: zlib.compress(_PLAIN, wbits=31))),
        right=_RIGHT,
    ),
    "RC104": Code(
        "a file that exceeds the size limit",
        "Pages, catalogs and schemas are much smaller, so it is most likely the wrong file. "
        "The limit prevents a mistake or an attack from using all memory.",
        wrong=schema(Omitted("a schema followed by 16 MiB of spaces", lambda: _PLAIN + b" " * (16 * 1024 * 1024))),
        right=_RIGHT,
    ),
    "RC105": Code(
        "an empty file",
        "The file contains no model. Often a download or a redirection has failed.",
        wrong=schema(Omitted("an empty file", lambda: b"")),
        right=_RIGHT,
    ),
    "RC106": Code(
        "text after the end of the document",
        "A file is one JSON document. Text after it would be ignored silently, but it may be the one that you need.",
        wrong=schema('{"type": "object", "properties": {"prompt": {"type": "string"}}}\n{"type": "object"}\n'),
        right=schema('{"type": "object", "properties": {"prompt": {"type": "string"}}}\n'),
    ),
    "RC107": Code(
        "a duplicate key",
        "Programs differ in which of the two values they use, so the client could check something else than the server. "
        "Only you can decide which one is correct.",
        wrong=inputs('"seed": {"type": "string"},', '"seed": {"type": "integer"}'),
        right=inputs('"seed": {"type": "integer"}'),
    ),
    "RC108": Code(
        "not a finite number",
        "JSON has no NaN and no Infinity, and a number above 1.8e308 becomes infinite when it is parsed. "
        "Such a default or limit could not be sent or compared.",
        wrong=inputs('"scale": {"type": "number", "default": NaN}'),
        right=inputs('"scale": {"type": "number", "default": 1.0}'),
    ),
    "RC109": Code(
        "JSON that is nested too deeply",
        "Real schemas have a few levels. Deeply nested input exhausts the stack of the programs that parse "
        "it, here and in the client.",
        wrong=schema(Omitted('a property whose "examples" are 130 nested lists', _deep)),
        right=inputs('"x": {"type": "string", "examples": ["a"]}'),
    ),
    "RC110": Code(
        "a lone surrogate",
        "A character above U+FFFF is written as two escapes, a surrogate pair, and one of them is missing. "
        "A lone surrogate is not a character: it cannot be stored in a file or sent.",
        wrong=inputs(r'"mood": {"type": "string", "default": "\ud83d"}'),
        right=inputs(r'"mood": {"type": "string", "default": "\ud83d\ude00"}'),
    ),
}
