"""Converts the input schema of a model to the fields of a form, in the order of the schema, with the control for each value."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client._core.tool_schema import file_rules
from runcomfy_client._core.value_parsing import types_of
from runcomfy_client.model_page.describe import bounds_of, default_of, describe

Kind = Literal["text", "number", "choice", "switch", "media", "list", "object", "json"]
"""The kinds of field. `json` is for inputs that a form cannot represent: those without a documented structure, and unions."""

_MAX_SEGMENTS: Final = 5
_MAX_SEGMENTS_LENGTH: Final = 34
_MAX_SLIDER_STEPS: Final = 1000
_MAX_DEPTH: Final = 6
_MAX_NAME_LENGTH: Final = 60
_ONE_LINE: Final = 60
"""The maximum length of a text for which the control has one line."""
_WORDS: Final = {"url": "URL", "urls": "URLs", "id": "ID", "cfg": "CFG", "fps": "FPS", "bpm": "BPM", "lora": "LoRA", "json": "JSON"}
_SHORT_TEXTS: Final = frozenset({"seed", "title", "name", "style", "language", "voice", "key"})


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice.

    Attributes:
        value: the value as JSON text.
        label: the label.
        is_default: True if it is the server's default.
    """

    value: str
    label: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """A rule of a list of objects: the values of `part` must add up to the input `total`.

    Attributes:
        part, total: names of inputs.
        part_default, total_default: the server's defaults, which count for values that are not set.
    """

    part: str
    total: str
    part_default: float | None
    total_default: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """The view of one input.

    Attributes:
        name: the documented name; empty for an item of a list.
        path_name: the name as in messages, where a long one is truncated.
        label: the label.
        kind: the kind of control.
        required: True if the input is required.
        description: the documentation, with control characters escaped.
        takes: the accepted values as text, such as `whole number, 3 to 15`.
        bounds: only the limits as text, such as `3 to 15`.
        has_default: True if the server's default is documented.
        default: the server's default as a JSON value.
        default_text: the server's default as text.
        nullable: True if null is allowed.
        minimum, maximum, step: the limits of a number; None without a limit.
        is_whole: True if a number must be an integer.
        has_slider: True if the range is small enough for a slider.
        is_long: True if a text may need several lines.
        max_length: the maximum number of characters of a text; None without a limit.
        options: the values of a choice.
        is_segmented: True if the options fit side by side.
        medium: the medium of a file: image, video, audio or file.
        rules: the documented limits of a file, as text.
        item: the items of a list.
        min_items, max_items: the limits of the number of items.
        fields: the members of an object.
        total: the rule about the sum of the members of a list's objects.
        is_incomplete: True if the structure is not fully documented.
        examples: documented examples, as JSON values.
    """

    name: str
    path_name: str
    label: str
    kind: Kind
    required: bool = False
    description: str = ""
    takes: str = ""
    bounds: str = ""
    has_default: bool = False
    default: Any = None
    default_text: str = ""
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    is_whole: bool = False
    has_slider: bool = False
    is_long: bool = False
    max_length: int | None = None
    options: tuple[Option, ...] = ()
    is_segmented: bool = False
    medium: str = ""
    rules: tuple[str, ...] = ()
    item: FieldView | None = None
    min_items: int = 0
    max_items: int | None = None
    fields: tuple[FieldView, ...] = ()
    total: Total | None = None
    is_incomplete: bool = False
    examples: tuple[Any, ...] = ()


def field_views(document: Mapping[str, Any]) -> tuple[FieldView, ...]:
    """Return the fields of a model from its schema document, in the order of the schema."""
    schema = document["input_schema"]
    incomplete = frozenset(map(str, document.get("incomplete") or ()))
    totals = dict(_totals(schema))
    return tuple(
        replace(view, is_incomplete=view.name in incomplete, total=totals.get(view.name)) for view in _Builder(schema).parts(schema)
    )


class _Builder:
    """Creates the fields of one schema, and resolves its references."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._open: list[str] = []

    def parts(self, schema: Mapping[str, Any]) -> Iterator[FieldView]:
        required = frozenset(schema.get("required", ()))
        for name, part in schema.get("properties", {}).items():
            yield self.view(name, part, required=name in required)

    def view(self, name: str, part: Any, *, required: bool) -> FieldView:
        """Return the view of one input. `part` is its schema."""
        depth = len(self._open)
        try:
            schema, nullable = self._resolved(part if isinstance(part, Mapping) else {})
            view = self._without_control(name, schema, required=required, nullable=nullable)
            self._open.append("")  # a level of nesting
            return self._with_control(view, schema)
        finally:
            del self._open[depth:]

    def _resolved(self, schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
        """Resolve references, and replace a union of a schema and null by that schema. A recursive reference becomes `{}`."""
        nullable = False
        for _ in range(_MAX_DEPTH):
            if "$ref" in schema:
                pointer = str(schema["$ref"])
                rest = {key: value for key, value in schema.items() if key != "$ref"}
                if pointer in self._open:
                    return {key: rest[key] for key in ("description",) if key in rest}, nullable
                self._open.append(pointer)
                schema = {**_at(self._root, pointer), **rest}
                continue
            branches = schema.get("anyOf") or schema.get("oneOf") or ()
            kept = [branch for branch in branches if branch != {"type": "null"}]
            if len(branches) == len(kept) + 1 and len(kept) == 1:
                rest = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")}
                schema, nullable = {**kept[0], **rest}, True
                continue
            break
        types = types_of(schema)
        if "null" in types and len(types) > 1 and "enum" not in schema:
            others = [kind for kind in types if kind != "null"]
            return {**schema, "type": others[0] if len(others) == 1 else others}, True
        return schema, nullable

    def _without_control(self, name: str, schema: Mapping[str, Any], *, required: bool, nullable: bool) -> FieldView:
        examples = schema.get("examples")
        return FieldView(
            name=name,
            path_name=name if len(name) <= _MAX_NAME_LENGTH else f"{name[: _MAX_NAME_LENGTH - 1]}…",
            label=label_of(name),
            kind="json",
            required=required,
            description=escape_control_chars(schema.get("description") or "", keep_newlines=True),
            takes=escape_control_chars(describe(schema), max_length=400),
            bounds=escape_control_chars(", ".join(bounds_of(schema)), max_length=400),
            has_default="default" in schema,
            default=schema.get("default"),
            default_text=escape_control_chars(default_of(schema), max_length=200),
            nullable=nullable,
            examples=tuple(examples) if isinstance(examples, list) else (),
        )

    def _with_control(self, view: FieldView, schema: Mapping[str, Any]) -> FieldView:
        types = types_of(schema)
        if "enum" in schema or "const" in schema:
            return _choice(view, schema)
        if schema.get("anyOf") or schema.get("oneOf") or len(types) != 1 or len(self._open) > 4 * _MAX_DEPTH:
            return view
        match types[0]:
            case "string" if schema.get("x-media"):
                return replace(view, kind="media", medium=str(schema["x-media"]), rules=tuple(file_rules(schema)))
            case "string":
                limit = schema.get("maxLength")
                short = (limit is not None and limit <= _ONE_LINE) or view.name in _SHORT_TEXTS or view.name.endswith("_id")
                return replace(view, kind="text", max_length=limit, is_long=not short)
            case "integer" | "number":
                return _number(view, schema, is_whole=types[0] == "integer")
            case "boolean":
                return replace(view, kind="switch")
            case "array" if isinstance(schema.get("items"), Mapping) and schema["items"]:
                item = replace(self.view("", schema["items"], required=True), label=_singular(view.label))
                low, high = int(schema.get("minItems", 0)), schema.get("maxItems")
                return replace(view, kind="list", item=item, min_items=low, max_items=high)
            case "object" if schema.get("properties") and not isinstance(schema.get("additionalProperties"), Mapping):
                return replace(view, kind="object", fields=tuple(self.parts(schema)))
            case _:
                return view


def _at(root: Mapping[str, Any], pointer: str) -> Mapping[str, Any]:
    value: Any = root
    for step in pointer.removeprefix("#").split("/")[1:]:
        value = value.get(step.replace("~1", "/").replace("~0", "~"), {}) if isinstance(value, Mapping) else {}
    return value if isinstance(value, Mapping) else {}


def _choice(view: FieldView, schema: Mapping[str, Any]) -> FieldView:
    values = schema["enum"] if "enum" in schema else [schema["const"]]
    default = json.dumps(view.default) if view.has_default else None
    options = tuple(Option(text, _option_label(value), text == default) for value in values for text in (json.dumps(value),))
    length = sum(len(option.label) + 2 for option in options)
    segmented = len(options) <= _MAX_SEGMENTS and length <= _MAX_SEGMENTS_LENGTH
    return replace(view, kind="choice", options=options, is_segmented=segmented)


def _option_label(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return escape_control_chars(text, max_length=200) or "(empty text)"


def _number(view: FieldView, schema: Mapping[str, Any], *, is_whole: bool) -> FieldView:
    low, high = schema.get("minimum"), schema.get("maximum")
    step: float | None = schema.get("multipleOf", 1 if is_whole else None)
    fine = step
    if low is not None and high is not None and fine is None and high > low:
        fine = 10.0 ** math.floor(math.log10((high - low) / 20))
    slider = low is not None and high is not None and fine is not None and 0 < (high - low) / fine <= _MAX_SLIDER_STEPS
    return replace(
        view, kind="number", minimum=low, maximum=high, step=fine if slider else step, is_whole=is_whole, has_slider=slider
    )


def _totals(schema: Mapping[str, Any]) -> Iterator[tuple[str, Total]]:
    properties = schema.get("properties", {})
    for rule in schema.get("x-rules", ()):
        if rule.get("kind") == "sum_equals":
            part = properties.get(rule["items"], {}).get("items", {}).get("properties", {}).get(rule["part"], {})
            default = properties.get(rule["total"], {}).get("default")
            yield rule["items"], Total(rule["part"], rule["total"], part.get("default"), default)


def label_of(name: str) -> str:
    """Return the label of an input, such as `Start image URL` for `start_image_url`."""
    words = [_WORDS.get(word.lower(), word) for word in escape_control_chars(name, max_length=120).replace("_", " ").split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def _singular(label: str) -> str:
    first = label.removesuffix("URLs") + "URL" if label.endswith("URLs") else label
    return first[:-1] if first.endswith("s") and not first.endswith("ss") and len(first) > 3 else first
