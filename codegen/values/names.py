"""Python names: modules and classes from model ids, attributes from property names.

Names are ASCII identifiers and never come from titles. Each depends only on its id or property name. If two names would be equal,
properties get an escaped name; for ids it is an error, which an entry in the name lock resolves.
"""

from __future__ import annotations

import hashlib
import keyword
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from types import MappingProxyType
from typing import Any, Final

from codegen.values.model import OPTION, ObjectType, SchemaPath
from codegen.values.pointer import escape

_WINDOWS: Final = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})

RESERVED: Final = frozenset(
    # names of pydantic's BaseModel and its metaclass
    "construct copy dict from_orm json mro parse_file parse_obj parse_raw register schema schema_json update_forward_refs validate "
    "model_computed_fields model_config model_construct model_copy model_dump model_dump_json model_extra model_fields "
    "model_fields_set model_json_schema model_parametrized_name model_post_init model_rebuild model_validate model_validate_json "
    "model_validate_strings Config "
    # names of the client's base classes
    "MODEL_ID NULLABLE OUTPUT RETIRED RULES estimate model_id payload read with_extra_inputs with_inputs "
    # names that generated modules use in a class body
    "Annotated AnyJson AudioUrl ConfigDict Field FileUrl ImageUrl Inputs Literal MediaLimit MediaList MultipleOf OneOf Output "
    "Request SumEquals TextBounds Unique VideoUrl "
    "bool dict float frozenset int list str self".split()
)
"""Names that an attribute must not have; a test compares the list with these classes."""

RESERVED_CLASSES: Final = frozenset(
    # names that generated modules import
    "Annotated AnyJson AudioUrl ConfigDict Field FileUrl ImageUrl Inputs Literal MediaLimit MediaList MediaOutput MultipleOf OneOf "
    "Output Request SumEquals TextBounds Unique VideoUrl "
    # other names of the package `models`, and keywords that look like class names
    "EXPORTS TYPE_CHECKING False None True".split()
)
"""Names that a class must not have; a test compares the list with these modules."""

MAX_ATTRIBUTE: Final = 60
"""Maximum length of an attribute name, in characters; a longer one is truncated, and made unique with a digest."""


MAX_CLASS_PART: Final = 80
"""Maximum length of the part of a class name that comes from one id or property, in characters."""


@dataclass(frozen=True, slots=True)
class NameLock:
    """The released names, by model id. Entries are added, never changed, since released names are part of the API."""

    entries: Mapping[str, tuple[tuple[str, ...], str]]
    """The module path below `models`, and the class name."""
    attributes: Mapping[str, Mapping[SchemaPath, Mapping[str, str]]] = field(default_factory=dict)
    """For each object type of a model, by its key: the attributes that differ from the property name."""
    classes: Mapping[str, Mapping[SchemaPath, str]] = field(default_factory=dict)
    """The nested classes of each model, by the keys of their object types."""

    def only(self, model_ids: Iterable[str]) -> NameLock:
        """Return a lock with the names of the given models."""
        wanted = sorted(set(model_ids))
        return NameLock(
            {model_id: self.entries[model_id] for model_id in wanted if model_id in self.entries},
            {model_id: self.attributes[model_id] for model_id in wanted if model_id in self.attributes},
            {model_id: self.classes[model_id] for model_id in wanted if model_id in self.classes},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the JSON of the lock's file, in the order of the ids."""
        return {
            model_id: {"module": "/".join(module), "class": class_name}
            | self._classes_json(model_id)
            | self._attributes_json(model_id)
            for model_id, (module, class_name) in sorted(self.entries.items())
        }

    def _classes_json(self, model_id: str) -> dict[str, Any]:
        listed = {"/".join(map(escape, key)): name for key, name in self.classes.get(model_id, {}).items()}
        return {"classes": dict(sorted(listed.items()))} if listed else {}

    def _attributes_json(self, model_id: str) -> dict[str, Any]:
        given = self.attributes.get(model_id, {})
        listed = {"/".join(map(escape, role)): dict(sorted(names.items())) for role, names in given.items() if names}
        return {"attributes": dict(sorted(listed.items()))} if listed else {}


@dataclass(frozen=True, slots=True)
class ModelNames:
    """The Python names of one model."""

    module: tuple[str, ...]
    classes: Mapping[SchemaPath, str]
    """The class name of each object type, by its role."""
    keys: Mapping[SchemaPath, SchemaPath]
    """The key of each object type in the lock, by its role."""
    locked: Mapping[SchemaPath, str]
    """The nested classes by the keys of their object types, as in the lock."""
    attributes: Mapping[SchemaPath, Mapping[str, str]]
    """The attribute of each property, by the role of the object type."""

    @property
    def request(self) -> str:
        """The name of the request class."""
        return self.classes[("input",)]


def class_name(model_id: str) -> str:
    """Return the class name of a model: its id without the vendor, `kling/kling-3.0/4k` -> `Kling3_0_4k`."""
    segments = model_id.split("/")
    name = _pascal("-".join(segments[1:] or segments))
    whole = _pascal("-".join(segments))
    candidates = (name, whole, f"Model{name or _digest(model_id)}")
    return next(free for free in candidates if free and not free[0].isdigit() and free not in RESERVED_CLASSES)


def display_name(model_id: str) -> str:
    """Return a display name for a model that has none in its documentation: `kling/kling-3.0/pro` -> `Kling 3.0 Pro`."""
    words = re.split(r"[-_ /]+", model_id.partition("/")[2] or model_id)
    return " ".join(word[:1].upper() + word[1:] for word in words)


def module_path(model_id: str) -> tuple[str, ...]:
    """Return the module path below `models`: `kling/kling-3.0/4k` -> `("kling", "kling_3_0", "_4k")`."""
    return tuple(_module(segment) for segment in model_id.split("/"))


def object_classes(
    model_class: str, objects: Iterable[ObjectType], shipped: Mapping[SchemaPath, str] = MappingProxyType({})
) -> dict[SchemaPath, str]:
    """Return the class name of each object type of a model, by its role. The names are unique.

    The input has the class name of the model; the others have longer names. Released names do not change, and another type never
    gets them, even after the type was removed.
    """
    ordered = sorted(objects, key=lambda item: (item.role[0] != "input", len(item.role), item.role))
    kept = shipped_keys(ordered, shipped)
    taken = set(shipped.values())
    found: dict[SchemaPath, str] = {}
    for item in ordered:
        if item.key in kept:
            found[item.role] = shipped[kept[item.key]]
            continue
        role = item.role
        parts = ("Output", *role[1:]) if role[0] == "output" else role[1:]
        words = [part for part in parts if part != "$defs"]
        name = model_class + "".join(_pascal(word) or f"X{_digest(word)}" for word in words)
        found[role] = _free(chain([name] if name not in RESERVED_CLASSES else [], _digested(name, "/".join(role))), taken)
    return found


def shipped_keys(objects: Sequence[ObjectType], shipped: Iterable[SchemaPath]) -> dict[SchemaPath, SchemaPath]:
    """Return the released key of each object type that was released, by its current key.

    Both keys are equal, except for a branch of a union: its properties may have changed, or only this branch of the union may be
    left. Its released key is that of the branch with the most properties in common.
    """
    branches = {item.key: item.as_branch for item in objects}
    kept = {key: key for key in branches if key in set(shipped)}
    free = set(shipped) - kept.keys()
    pairs = [(_likeness(key, other, branches), key, other) for key in sorted(branches.keys() - kept) for other in sorted(free)]
    for likeness, key, other in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        if likeness and key not in kept and other in free:
            kept[key] = other
            free.remove(other)
    return kept


def _likeness(one: SchemaPath, other: SchemaPath, branches: Mapping[SchemaPath, str]) -> float:
    """Return the similarity of two branches of one union by their properties, from 0 to 1; 0 for any other pair of keys."""
    if len(one) + 1 == len(other):
        one = _in_union(one, other, branches)
    if one == other:
        return 1
    if len(one) != len(other):
        return 0
    steps = [(left, right) for left, right in zip(one, other, strict=True) if left != right]
    if len(steps) != 1 or not all(step.startswith(OPTION) for step in steps[0]):
        return 0
    marked = [set(step.removeprefix(OPTION).split(",")) for step in steps[0]]
    left, right = ({re.split("[=:#]", property)[0] for property in branch} for branch in marked)
    same = len(marked[0] & marked[1]) / len(marked[0] | marked[1])
    return (2 * len(left & right) / len(left | right) + same) / 3


def _in_union(key: SchemaPath, other: SchemaPath, branches: Mapping[SchemaPath, str]) -> SchemaPath:
    """Return the key with one additional step for a union, at the first step where it differs from `other`."""
    at = next((index for index, step in enumerate(key) if step != other[index]), len(key))
    of_type = {"item": f"{OPTION}array", "value": f"{OPTION}object"}.get(key[at] if at < len(key) else "", "")
    return (*key[:at], branches.get(key[:at], of_type), *key[at:])


def shipped_attributes(
    objects: Iterable[ObjectType], classes: Mapping[SchemaPath, str], lock: NameLock, model_id: str
) -> dict[SchemaPath, Mapping[str, str]]:
    """Return the released attributes of each object type, by its role. A type is identified by its class name."""
    given = lock.attributes.get(model_id, {})
    keys = {name: key for key, name in lock.classes.get(model_id, {}).items()}
    return {item.role: given.get(keys.get(classes[item.role], item.key), {}) for item in objects}


def attributes(
    documented: Iterable[str], classes: Iterable[str] = (), *, shipped: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """Return the attribute of each property of one object. The attributes are unique, and differ from the classes of the module.

    Released attributes do not change, unless another property now has that name.
    """
    keys = list(documented)
    found = {key: shipped[key] for key in keys if key in shipped and shipped[key] not in keys}
    taken = {*classes, *found.values()}
    # a property whose name is a valid attribute keeps it
    for key in sorted((key for key in keys if key not in found), key=lambda key: (_plain(key) != key, key)):
        plain = _plain(key)
        found[key] = _free(chain((plain, _escaped(key)), _digested(plain[:40], key)), taken)
    return {key: found[key] for key in keys}


def _digested(name: str, source: str) -> Iterator[str]:
    """Yield unique names: with a digest of the source, then also with a number if that name exists, too."""
    unique = f"{name}_{_digest(source)}"
    return chain([unique], (f"{unique}_{number}" for number in count(2)))


def _free(candidates: Iterable[str], taken: set[str]) -> str:
    """Return the first name that is not taken, and mark it as taken."""
    name = next(candidate for candidate in candidates if candidate not in taken)
    taken.add(name)
    return name


def is_attribute(name: str) -> bool:
    """Return True if the name is valid for an attribute of a generated class."""
    return name.isascii() and name.isidentifier() and not keyword.iskeyword(name) and name not in RESERVED and name[0] != "_"


def _pascal(text: str) -> str:
    words = [word for word in re.split(r"[^A-Za-z0-9]+", text) if word]
    name = ""
    for word in words:
        joint = "_" if name and name[-1].isdigit() and word[0].isdigit() else ""
        name += joint + word[0].upper() + word[1:]
    return name[:MAX_CLASS_PART]


def _module(segment: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", segment.lower()).strip("_") or f"x{_digest(segment)}"
    if name[0].isdigit():
        return f"_{name}"
    return f"{name}_" if keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in _WINDOWS else name


def _plain(key: str) -> str:
    """Return the attribute of a property, without regard to other properties."""
    name = key if key.isascii() and key.isidentifier() else re.sub(r"[^A-Za-z0-9]+", "_", key).rstrip("_")
    name = name.lstrip("_")
    if not name or name[0].isdigit():
        name = f"field_{name}".rstrip("_")
    if len(name) > MAX_ATTRIBUTE:
        name = f"{name[: MAX_ATTRIBUTE - 9]}_{_digest(key)}"
    return f"{name}_" if keyword.iskeyword(name) or name in RESERVED else name


def _escaped(key: str) -> str:
    text = "".join(c if c.isascii() and c.isalnum() else f"_x{ord(c):x}_" for c in key)
    return _plain(f"field{text}" if text.startswith("_") else text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
