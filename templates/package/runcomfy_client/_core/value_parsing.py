"""Parses the text of options and CSV cells into the JSON value that an input's schema expects.

Text that does not match is returned as text. The validation of the model then reports it, with the same message as everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from decimal import Decimal

_TRUE_WORDS: Final = frozenset({"true", "yes", "on", "1"})
_MAX_DIGITS: Final = 400
FALSE_WORDS: Final = frozenset({"false", "no", "off", "0"})
"""The words that mean false."""
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
"""The byte order marks of UTF-16."""


def types_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the JSON types that a schema allows; an empty tuple if it has no type."""
    named = schema.get("type")
    if isinstance(named, str):
        return (named,)
    if isinstance(named, list):
        return tuple(str(word) for word in named)
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    kinds = {_type_name(value): None for value in values}
    return tuple(kinds)


def is_structured(schema: Mapping[str, Any]) -> bool:
    """Return True if the values are written as JSON: lists, objects, and values without a type."""
    types = types_of(schema)
    return not types or "array" in types or "object" in types


def read_value(text: str, schema: Mapping[str, Any]) -> Any:
    """Parse the value of one input.

    Raises:
        ValueError: the value must be JSON and is not.
    """
    types = types_of(schema)
    if is_structured(schema):
        return _read_json(text, allow_text=not types)
    for kind in ("null", "boolean", "integer", "number"):
        if kind in types and (found := _PARSERS[kind](text)) is not _NO_MATCH:
            return found
    return text


def read_file(text: str, schema: Mapping[str, Any]) -> Any:
    """Parse the value of one input. For values that are written as JSON, `@path` means the contents of a file.

    Raises:
        ValueError: the value must be JSON and is not, or the file cannot be read.
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
    """Decode the text of a file: UTF-8, or UTF-16 if it starts with a byte order mark, as PowerShell and Excel write it.

    Raises:
        UnicodeError: the content is neither.
    """
    try:
        text = content.decode("utf-16" if content.startswith(UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        raise UnicodeError("not UTF-8 text; save it as UTF-8") from None
    return StringIO(text, newline=None).read()  # converts line ends to line feeds


def with_exact_integers(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a JSON value with each 5.0, as written by pandas, replaced by 5 where the schema requires an integer."""
    match value:
        case float() if value.is_integer() and _requires_integer(schema):
            return int(value)
        case list() if isinstance(items := schema.get("items"), Mapping):
            return [with_exact_integers(item, items) for item in value]
        case dict() if isinstance(parts := schema.get("properties"), Mapping):
            return {name: with_exact_integers(item, parts.get(name, {})) for name, item in value.items()}
    return value


def _requires_integer(schema: Mapping[str, Any]) -> bool:
    branches = [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    types = {kind for branch in branches if isinstance(branch, Mapping) for kind in types_of(branch)}
    return "integer" in types and "number" not in types


def strict_json(text: str) -> Any:
    """Parse JSON, rejecting duplicate keys in an object, NaN and infinities.

    Raises:
        ValueError: the text is not JSON.
    """
    try:
        return _load(text)
    except json.JSONDecodeError as error:
        raise ValueError(_with_position(error)) from None


def strict_decoder() -> json.JSONDecoder:
    """Return a decoder that accepts the same JSON as `strict_json`."""
    return json.JSONDecoder(object_pairs_hook=_unique_keys, parse_constant=_reject_constant)


def _load(text: str) -> Any:
    try:
        return strict_decoder().decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _read_json(text: str, *, allow_text: bool) -> Any:
    try:
        return _load(text)
    except json.JSONDecodeError as error:
        if allow_text and text[:1] not in ("{", "["):  # the type is unknown, so this may be plain text
            return text
        raise ValueError(f"this is not JSON: {_with_position(error)}") from None


def _with_position(error: json.JSONDecodeError) -> str:
    line = f"line {error.lineno}, " if "\n" in error.doc.rstrip() else ""
    return f"{error.msg} at {line}character {error.colno}"


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name[:60]!r} occurs twice in one object")
        found[name] = value
    return found


def _reject_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


_NO_MATCH: Final = object()


def _null(text: str) -> Any:
    return None if text == "null" else _NO_MATCH


def _boolean(text: str) -> Any:
    word = text.strip().lower()
    return True if word in _TRUE_WORDS else False if word in FALSE_WORDS else _NO_MATCH


def _digits(text: str) -> Any:
    plain = text.strip()
    digits = plain.lstrip("+-")
    is_integer = digits.isascii() and digits.isdigit() and len(digits) < _MAX_DIGITS and len(plain) - len(digits) < 2
    return int(plain) if is_integer else _NO_MATCH


def _integer(text: str) -> Any:
    integer = _digits(text)
    if integer is not _NO_MATCH:
        return integer
    value = _decimal(text.strip())  # an integer written as 5.0, as by pandas and Excel
    return int(value) if value is not None and value.adjusted() < _MAX_DIGITS and value == value.to_integral_value() else _NO_MATCH


def _decimal(text: str) -> Decimal | None:
    from decimal import Decimal, InvalidOperation

    try:
        value = Decimal(text) if text.isascii() and "_" not in text else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None


def _number(text: str) -> Any:
    integer = _digits(text)
    if integer is not _NO_MATCH:
        return integer
    value = _decimal(text.strip())
    return _NO_MATCH if value is None else float(value)


_PARSERS: Final[Mapping[str, Callable[[str], Any]]] = {
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
