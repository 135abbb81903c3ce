"""Names in Python for everything that the documentation names: modules and classes from ids, attributes from property names.

Names are ASCII identifiers by construction and never come from titles. Each depends on its own id or property name alone; where two
would meet, properties get an escaped name and ids are an error, settled by an entry in the lock.
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
    # what pydantic's BaseModel and its metaclass define
    "construct copy dict from_orm json mro parse_file parse_obj parse_raw register schema schema_json update_forward_refs validate "
    "model_computed_fields model_config model_construct model_copy model_dump model_dump_json model_extra model_fields "
    "model_fields_set model_json_schema model_parametrized_name model_post_init model_rebuild model_validate model_validate_json "
    "model_validate_strings Config "
    # what the client's base classes define
    "MODEL_ID NULLABLE OUTPUT RETIRED RULES estimate model_id payload read with_extra_inputs with_inputs "
    # what the generated modules use inside a class body
    "Annotated AnyJson AudioUrl ConfigDict Field FileUrl ImageUrl Inputs Literal MediaLimit MediaList MultipleOf OneOf Output "
    "Request SumEquals TextBounds Unique VideoUrl "
    "bool dict float frozenset int list str self".split()
)
"""Attribute names that a property must not take; a test holds the list to the classes it speaks of."""

RESERVED_CLASSES: Final = frozenset(
    # what the generated modules import
    "Annotated AnyJson AudioUrl ConfigDict Field FileUrl ImageUrl Inputs Literal MediaLimit MediaList MediaOutput MultipleOf OneOf "
    "Output Request SumEquals TextBounds Unique VideoUrl "
    # what the package of all models holds beside them, and the keywords that look like classes
    "EXPORTS TYPE_CHECKING False None True".split()
)
"""Class names that an id or a property must not give; a test holds the list to the modules it speaks of."""

MAX_ATTRIBUTE: Final = 60
"""Longest attribute name, in characters; a longer one is cut and told apart by a digest."""


MAX_CLASS_PART: Final = 80
"""Longest part of a class name that one id or one property gives, in characters."""


@dataclass(frozen=True, slots=True)
class NameLock:
    """The names that have shipped, by model id. Entries are added, never changed: shipped names are API."""

    entries: Mapping[str, tuple[tuple[str, ...], str]]
    """Module path below `models`, and class name."""
    attributes: Mapping[str, Mapping[SchemaPath, Mapping[str, str]]] = field(default_factory=dict)
    """For each object type of a model, by its key, the attributes that are not called as the property is."""
    classes: Mapping[str, Mapping[SchemaPath, str]] = field(default_factory=dict)
    """The nested classes of each model, by the keys of their object types."""

    def only(self, model_ids: Iterable[str]) -> NameLock:
        """Return the names of some models alone."""
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
    """All Python names of one model."""

    module: tuple[str, ...]
    classes: Mapping[SchemaPath, str]
    """For each object type, by its role, the name of its class."""
    keys: Mapping[SchemaPath, SchemaPath]
    """The key of each object type in the lock, by its role."""
    locked: Mapping[SchemaPath, str]
    """The nested classes by the keys of their object types, as the lock holds them."""
    attributes: Mapping[SchemaPath, Mapping[str, str]]
    """For each object type, the attribute of each property."""

    @property
    def request(self) -> str:
        """The class that users build."""
        return self.classes[("input",)]


def class_name(model_id: str) -> str:
    """Return the class name of a model: its id without the vendor, `kling/kling-3.0/4k` -> `Kling3_0_4k`."""
    segments = model_id.split("/")
    name = _pascal("-".join(segments[1:] or segments))
    whole = _pascal("-".join(segments))
    candidates = (name, whole, f"Model{name or _digest(model_id)}")
    return next(free for free in candidates if free and not free[0].isdigit() and free not in RESERVED_CLASSES)


def display_name(model_id: str) -> str:
    """Return a name for people, for a model whose documentation gives none: `kling/kling-3.0/pro` -> `Kling 3.0 Pro`."""
    words = re.split(r"[-_ /]+", model_id.partition("/")[2] or model_id)
    return " ".join(word[:1].upper() + word[1:] for word in words)


def module_path(model_id: str) -> tuple[str, ...]:
    """Return the module path below `models`: `kling/kling-3.0/4k` -> `("kling", "kling_3_0", "_4k")`."""
    return tuple(_module(segment) for segment in model_id.split("/"))


def object_classes(
    model_class: str, objects: Iterable[ObjectType], shipped: Mapping[SchemaPath, str] = MappingProxyType({})
) -> dict[SchemaPath, str]:
    """Return the class name of each object type of a model, by its role; all differ.

    The input has the model's own name, the others have longer ones. Those that have shipped stay, and their names are never given
    to another type, not even after the type is gone.
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
    """For the key of each object type that has shipped, the key under which it did.

    That is the same key, but for a branch of a union: its properties may have changed, or it may be all that is left of the union.
    Then it is the branch that had most of its properties.
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
    """How much of their properties two branches of the same union share, from 0 to 1; 0 for what is no such pair."""
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
    """Return the key with one more step, as if there were a union where `other` has its first other step."""
    at = next((index for index, step in enumerate(key) if step != other[index]), len(key))
    of_type = {"item": f"{OPTION}array", "value": f"{OPTION}object"}.get(key[at] if at < len(key) else "", "")
    return (*key[:at], branches.get(key[:at], of_type), *key[at:])


def shipped_attributes(
    objects: Iterable[ObjectType], classes: Mapping[SchemaPath, str], lock: NameLock, model_id: str
) -> dict[SchemaPath, Mapping[str, str]]:
    """Return the attributes of each object type that have shipped, by its role: a type is the same as long as its class is."""
    given = lock.attributes.get(model_id, {})
    keys = {name: key for key, name in lock.classes.get(model_id, {}).items()}
    return {item.role: given.get(keys.get(classes[item.role], item.key), {}) for item in objects}


def attributes(
    documented: Iterable[str], classes: Iterable[str] = (), *, shipped: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """Return the attribute for each property of one object; all differ, and none is called as one of the module's classes.

    Those that have shipped stay as they were, but for one case: where the name is now that of another property, whose own it is.
    """
    keys = list(documented)
    found = {key: shipped[key] for key in keys if key in shipped and shipped[key] not in keys}
    taken = {*classes, *found.values()}
    # a property that can keep its own name does, whatever its neighbours are called
    for key in sorted((key for key in keys if key not in found), key=lambda key: (_plain(key) != key, key)):
        plain = _plain(key)
        found[key] = _free(chain((plain, _escaped(key)), _digested(plain[:40], key)), taken)
    return {key: found[key] for key in keys}


def _digested(name: str, source: str) -> Iterator[str]:
    """Yield names that a digest of their source tells apart, and a number where somebody has foreseen the digest."""
    told_apart = f"{name}_{_digest(source)}"
    return chain([told_apart], (f"{told_apart}_{number}" for number in count(2)))


def _free(candidates: Iterable[str], taken: set[str]) -> str:
    """Take the first name that is free."""
    name = next(candidate for candidate in candidates if candidate not in taken)
    taken.add(name)
    return name


def is_attribute(name: str) -> bool:
    """Whether a name may be an attribute of a generated class."""
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
    """The attribute for a property that has no quarrel with its neighbours."""
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
