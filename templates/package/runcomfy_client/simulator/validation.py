"""Validates inputs against a model's normalised schema, with jsonschema and two additional keywords.

`x-media` means that a string is the public https:// URL of a file; `x-rules` are rules between several inputs. Both are implemented
here from the schema alone, so that tests can compare the result with the client's own validation.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

MAX_MESSAGE_LENGTH: Final = 300
_END: Final = re.compile(r"(?<!\\)\$")

_NOUNS: Final = {"image": "an image", "video": "a video", "audio": "an audio file", "file": "a file"}


class _ValidationError(Protocol):
    """The attributes of `jsonschema.ValidationError` that are used here."""

    message: str

    @property
    def absolute_path(self) -> Iterable[str | int]: ...


class _Validator(Protocol):
    def iter_errors(self, instance: Any) -> Iterator[_ValidationError]: ...

    def is_type(self, instance: Any, type: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a request."""

    field: str
    """The path of the input, such as `multi_prompt[0].duration`; empty for the whole request."""
    message: str


class Checker:
    """Validates the inputs of one model."""

    def __init__(self, input_schema: Mapping[str, Any]) -> None:
        # an empty registry: an external reference is an error, and is not fetched
        registry = import_module("referencing").Registry()
        self._validator: _Validator = _validator_class()(input_schema, registry=registry)

    def problems(self, inputs: Any) -> list[Problem]:
        """Return all problems, in the order of the schema; empty if the inputs are valid."""
        return [Problem(_path(error.absolute_path), _clip(error.message)) for error in self._validator.iter_errors(inputs)]


def require_jsonschema() -> None:
    """Check that jsonschema is installed.

    Raises:
        ModuleNotFoundError: jsonschema is not installed; the message has the command that installs it.
    """
    try:
        import_module("jsonschema")
    except ModuleNotFoundError:
        from runcomfy_client._core.install_hint import install_command  # imported here: slow, and rarely needed

        advice = f"the simulator checks inputs with jsonschema, which is not installed: {install_command('simulator')}"
        raise ModuleNotFoundError(advice, name="jsonschema") from None


def check_schema_usable(schema: Any, model_id: str) -> None:
    """Check that a schema can be used for validation.

    Raises:
        ValueError: the schema is not plain JSON Schema, or has a rule of an unknown kind.
    """
    try:
        _validator_class().check_schema(schema)
    except import_module("jsonschema").SchemaError as error:
        path = _path(error.absolute_path) or "input_schema"
        advice = "simulate the normalised documents that the generator writes to runcomfy_client/schemas, not the published ones"
        raise ValueError(f"{model_id}: {path}: {_clip(error.message)}; {advice}") from None
    for rule in schema.get("x-rules", ()):
        if rule.get("kind") not in RULES:
            raise ValueError(f"{model_id}: x-rules: unknown kind of rule {rule.get('kind')!r}; known: {', '.join(RULES)}")


def read_object(body: bytes) -> dict[str, Any]:
    """Parse a request body.

    Raises:
        ValueError: the body is not a JSON object. NaN, infinities and numbers that are too large for a float are not JSON.
    """
    try:
        value = json.loads(body, parse_constant=_reject_number, parse_float=_finite)
    except RecursionError:
        raise ValueError("the body is nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("the body must be one JSON object")
    return value


def _reject_number(text: str) -> float:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _reject_number(text)


@cache
def _validator_class() -> Any:
    require_jsonschema()
    jsonschema = import_module("jsonschema")
    own = {
        "x-media": _check_media,
        "x-rules": _check_rules,
        "required": _check_required,
        "additionalProperties": _check_additional,
        "multipleOf": _check_multiple,
        "pattern": _check_pattern,
    }
    base = jsonschema.Draft202012Validator
    # 5.0 is an integer in JSON Schema, but not for many servers, so no client should send it
    strict = base.TYPE_CHECKER.redefine("integer", lambda _checker, value: isinstance(value, int) and not isinstance(value, bool))
    return jsonschema.validators.extend(base, own, type_checker=strict)


def _error(message: str, *path: str | int) -> _ValidationError:
    error: _ValidationError = import_module("jsonschema").ValidationError(message, path=path)
    return error


def _check_required(validator: _Validator, names: Sequence[str], instance: Any, schema: Any) -> Iterator[_ValidationError]:
    """Like the keyword of jsonschema, but the path contains the missing input."""
    if validator.is_type(instance, "object"):
        yield from (_error("required, but missing", name) for name in names if name not in instance)


def _check_additional(
    validator: _Validator, additional: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[_ValidationError]:
    """Like the keyword of jsonschema, but the path contains the unknown input."""
    if additional is not False:
        standard = import_module("jsonschema").Draft202012Validator.VALIDATORS["additionalProperties"]
        yield from standard(validator, additional, instance, schema)
    elif validator.is_type(instance, "object"):
        yield from (_error("unknown input", name) for name in instance if name not in schema.get("properties", {}))


def _check_multiple(validator: _Validator, step: float, instance: Any, schema: Any) -> Iterator[_ValidationError]:
    """Like JSON Schema, in decimal arithmetic: 0.3 is a multiple of 0.1."""
    if validator.is_type(instance, "number") and Decimal(str(instance)) % Decimal(str(step)):
        yield _error(f"{instance} is not a multiple of {step}")


def _check_pattern(validator: _Validator, pattern: str, instance: Any, schema: Any) -> Iterator[_ValidationError]:
    """Like JSON Schema: `$` matches only at the end of the text, not before a trailing line break."""
    if validator.is_type(instance, "string") and not re.search(_END.sub(r"\\Z", pattern), instance):
        yield _error(f"{_clip(repr(instance))} does not match {pattern}")


def _check_media(validator: _Validator, medium: str, instance: Any, schema: Any) -> Iterator[_ValidationError]:
    if isinstance(instance, str) and not is_public_url(instance):
        yield _error(f"must be a public https:// URL of {_NOUNS[medium]}, not {_clip(repr(instance))}")


def is_public_url(text: str) -> bool:
    """Return True if `text` is an https:// URL with a host, without spaces and control characters."""
    if not all(character.isprintable() and not character.isspace() for character in text):
        return False
    try:
        url = urlsplit(text)
        host, _port = url.hostname, url.port
    except ValueError:  # unclosed brackets, or a port that is not a number
        return False
    return url.scheme == "https" and bool(host)


def _check_rules(
    validator: _Validator, rules: Sequence[Mapping[str, Any]], instance: Any, schema: Any
) -> Iterator[_ValidationError]:
    if validator.is_type(instance, "object"):
        for rule in rules:
            yield from RULES[rule["kind"]](rule, instance, schema)


def _sum_equals(rule: Mapping[str, Any], inputs: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[_ValidationError]:
    """The values of `part` in the objects of `items` must add up to `total`, unless there are no items."""
    declared = schema.get("properties", {})
    entries = _effective_value(inputs, declared, rule["items"])
    total = _effective_value(inputs, declared, rule["total"])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return
    members = declared.get(rule["items"], {}).get("items", {}).get("properties", {})
    parts = [_effective_value(entry, members, rule["part"]) for entry in entries]
    # missing values and wrong types are reported by other keywords
    if not parts or not all(isinstance(number, int | float) for number in (*parts, total)) or sum(parts) == total:
        return
    yield _error(f"the `{rule['part']}` values add up to {sum(parts)}, but `{rule['total']}` is {total}", rule["items"])


def _effective_value(values: Mapping[str, Any], declared: Mapping[str, Any], name: str) -> Any:
    """Return the value of an input, or else the server's default."""
    return values[name] if name in values else declared.get(name, {}).get("default")


RULES: Final = {"sum_equals": _sum_equals}


def _path(parts: Iterable[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.removeprefix(".")


def _clip(text: str) -> str:
    return text if len(text) <= MAX_MESSAGE_LENGTH else f"{text[: MAX_MESSAGE_LENGTH - 3]}..."
