"""From text, as options and CSV cells hold it, to the JSON value that an input's schema asks for.

Text that does not fit is handed on as text: the model's own check then says what was wanted, in the same words as everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from decimal import Decimal

_YES: Final = frozenset({"true", "yes", "on", "1"})
_MAX_DIGITS: Final = 400
NO: Final = frozenset({"false", "no", "off", "0"})
"""The words for no."""
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
"""The byte order marks of UTF-16."""


def types_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the JSON types that a schema allows; none when it does not say."""
    named = schema.get("type")
    if isinstance(named, str):
        return (named,)
    if isinstance(named, list):
        return tuple(str(word) for word in named)
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    kinds = {_type_name(value): None for value in values}
    return tuple(kinds)


def is_structured(schema: Mapping[str, Any]) -> bool:
    """Whether its values are written as JSON: lists, objects, and what is not told."""
    types = types_of(schema)
    return not types or "array" in types or "object" in types


def read_value(text: str, schema: Mapping[str, Any]) -> Any:
    """Read the value of one input.

    Raises:
        ValueError: it must be JSON and is not.
    """
    types = types_of(schema)
    if is_structured(schema):
        return _read_json(text, free=not types)
    for kind in ("null", "boolean", "integer", "number"):
        if kind in types and (found := _READERS[kind](text)) is not _NOTHING:
            return found
    return text


def read_file(text: str, schema: Mapping[str, Any]) -> Any:
    """Read the value of one input, where `@path` stands for the contents of a file, for what is written as JSON.

    Raises:
        ValueError: it must be JSON and is not, or the file cannot be read.
    """
    if not (is_structured(schema) and text.startswith("@")):
        return read_value(text, schema)
    try:
        with open(text[1:], "rb") as file:
            content = decode_text(file.read())
    except OSError as error:
        raise ValueError(f"{text[1:]} cannot be read: {error.strerror or error}") from None
    except UnicodeError as error:
        raise ValueError(f"{text[1:]} is {error}") from None
    return read_value(content, schema)


def decode_text(content: bytes) -> str:
    """Decode the text of a file: UTF-8, or UTF-16 if it begins with its byte order mark, like files of PowerShell and Excel.

    Raises:
        UnicodeError: it is neither.
    """
    try:
        text = content.decode("utf-16" if content.startswith(UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        raise UnicodeError("not UTF-8 text; save it as UTF-8") from None
    return StringIO(text, newline=None).read()  # with line feeds only, as Python reads text


def with_exact_integers(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a JSON value where a whole number that is written as 5.0, as by pandas, is 5 wherever the schema wants an integer."""
    match value:
        case float() if value.is_integer() and _wants_integer(schema):
            return int(value)
        case list() if isinstance(items := schema.get("items"), Mapping):
            return [with_exact_integers(item, items) for item in value]
        case dict() if isinstance(parts := schema.get("properties"), Mapping):
            return {name: with_exact_integers(item, parts.get(name, {})) for name, item in value.items()}
    return value


def _wants_integer(schema: Mapping[str, Any]) -> bool:
    branches = [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    types = {kind for branch in branches if isinstance(branch, Mapping) for kind in types_of(branch)}
    return "integer" in types and "number" not in types


def strict_json(text: str) -> Any:
    """Read JSON. A key that stands twice in an object, NaN and infinity are no JSON here.

    Raises:
        ValueError: it is none.
    """
    try:
        return _load(text)
    except json.JSONDecodeError as error:
        raise ValueError(_located(error)) from None


def strict_decoder() -> json.JSONDecoder:
    """Return a decoder that reads as `strict_json` does."""
    return json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)


def _load(text: str) -> Any:
    try:
        return strict_decoder().decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _read_json(text: str, *, free: bool) -> Any:
    try:
        return _load(text)
    except json.JSONDecodeError as error:
        if free and text[:1] not in ("{", "["):  # nothing is known of it, so plain text may well be meant
            return text
        raise ValueError(f"this is not JSON: {_located(error)}") from None


def _located(error: json.JSONDecodeError) -> str:
    line = f"line {error.lineno}, " if "\n" in error.doc.rstrip() else ""
    return f"{error.msg} at {line}character {error.colno}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name[:60]!r} stands twice in one object")
        found[name] = value
    return found


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


_NOTHING: Final = object()


def _null(text: str) -> Any:
    return None if text == "null" else _NOTHING


def _boolean(text: str) -> Any:
    word = text.strip().lower()
    return True if word in _YES else False if word in NO else _NOTHING


def _digits(text: str) -> Any:
    plain = text.strip()
    digits = plain.lstrip("+-")
    is_whole = digits.isascii() and digits.isdigit() and len(digits) < _MAX_DIGITS and len(plain) - len(digits) < 2
    return int(plain) if is_whole else _NOTHING


def _integer(text: str) -> Any:
    whole = _digits(text)
    if whole is not _NOTHING:
        return whole
    value = _decimal(text.strip())  # a whole number written as 5.0, as pandas and Excel do
    return int(value) if value is not None and value.adjusted() < _MAX_DIGITS and value == value.to_integral_value() else _NOTHING


def _decimal(text: str) -> Decimal | None:
    from decimal import Decimal, InvalidOperation

    try:
        value = Decimal(text) if text.isascii() and "_" not in text else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None


def _number(text: str) -> Any:
    whole = _digits(text)
    if whole is not _NOTHING:
        return whole
    value = _decimal(text.strip())
    return _NOTHING if value is None else float(value)


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "null": _null,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
}


def _type_name(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"
