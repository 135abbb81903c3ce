"""Codes of stage 1: what keeps a file from being strict JSON."""

from __future__ import annotations

import zlib
from typing import Final

from codegen.values.codes.value import Code, Omitted, inputs, schema

_PLAIN: Final = b'{"type": "object", "properties": {"prompt": {"type": "string"}}}'
_RIGHT: Final = inputs('"prompt": {"type": "string"}')


def _deep() -> bytes:
    return b'{"type": "object", "properties": {"x": {"type": "string", "examples": %b1%b}}}' % (b"[" * 130, b"]" * 130)


CODES: Final[dict[str, Code]] = {
    "RC101": Code(
        "not valid JSON",
        "The file is read as JSON, by the letter: no comments, no trailing commas, no single quotes. "
        "A reader that guessed what was meant could make another model of it than the one that was published.",
        wrong=inputs('"prompt": {"type": "string"},  // what to show'),
        right=inputs('"prompt": {"type": "string", "description": "what to show"}'),
    ),
    "RC102": Code(
        "not UTF-8 text",
        "Files are read as UTF-8, or as UTF-16 with a byte order mark. In any other encoding the same bytes "
        "mean different letters, "
        "so names and descriptions would come out wrong.",
        wrong=schema(
            Omitted('a schema titled "Café", saved as Latin-1', lambda: '{"type": "object", "title": "Café"}'.encode("latin-1"))
        ),
        right=inputs('"café": {"type": "string"}'),
    ),
    "RC103": Code(
        "a binary file",
        "The file holds something other than text, such as packed data. Nothing is unpacked on the way: "
        "a small file could grow without bounds, and you would not see what is read.",
        wrong=schema(Omitted("a schema, packed with gzip", lambda: zlib.compress(_PLAIN, wbits=31))),
        right=_RIGHT,
    ),
    "RC104": Code(
        "a file beyond the size limit",
        "No page, catalog or schema comes near this size, so it is most likely the wrong file. "
        "The limit keeps a mistake or an attack from filling the memory.",
        wrong=schema(Omitted("a schema with 16 MiB of blanks behind it", lambda: _PLAIN + b" " * (16 * 1024 * 1024))),
        right=_RIGHT,
    ),
    "RC105": Code(
        "an empty file",
        "There is nothing in the file to make a model of. Often a download or a redirection failed.",
        wrong=schema(Omitted("nothing at all", lambda: b"")),
        right=_RIGHT,
    ),
    "RC106": Code(
        "more after the end of the document",
        "A file is one JSON document. Text behind it would be dropped in silence, and it may be what you meant to give.",
        wrong=schema('{"type": "object", "properties": {"prompt": {"type": "string"}}}\n{"type": "object"}\n'),
        right=schema('{"type": "object", "properties": {"prompt": {"type": "string"}}}\n'),
    ),
    "RC107": Code(
        "a key that stands twice",
        "Programs differ in which of the two they take, so the client could check something else than the server does. "
        "Only you can tell which one is meant.",
        wrong=inputs('"seed": {"type": "string"},', '"seed": {"type": "integer"}'),
        right=inputs('"seed": {"type": "integer"}'),
    ),
    "RC108": Code(
        "not a finite number",
        "JSON has no NaN and no Infinity, and a number beyond 1.8e308 becomes infinite when it is read. "
        "Such a default or bound could not be sent, and comparing with it means nothing.",
        wrong=inputs('"scale": {"type": "number", "default": NaN}'),
        right=inputs('"scale": {"type": "number", "default": 1.0}'),
    ),
    "RC109": Code(
        "JSON nested too deep",
        "Real schemas nest a few levels. Input that nests without end exhausts the stack of whatever reads "
        "it, here and in the client.",
        wrong=schema(Omitted('a property whose "examples" are 130 lists inside each other', _deep)),
        right=inputs('"x": {"type": "string", "examples": ["a"]}'),
    ),
    "RC110": Code(
        "half a surrogate pair",
        "A character beyond U+FFFF is written as two escapes, and one of them is missing. "
        "What is left is no character: it cannot be stored in a file, nor be sent.",
        wrong=inputs(r'"mood": {"type": "string", "default": "\ud83d"}'),
        right=inputs(r'"mood": {"type": "string", "default": "\ud83d\ude00"}'),
    ),
}
