"""Assigns names to models, keeps released names, and reports models with the same name."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from codegen.values import names
from codegen.values.diagnostics import Place, Report
from codegen.values.model import Model, SchemaPath
from codegen.values.names import ModelNames, NameLock
from codegen.values.pointer import escape, split


def assign_names(lock: NameLock, model_ids: Iterable[str]) -> NameLock:
    """Return the lock with an entry for each id. Existing entries do not change."""
    added = {
        model_id: (names.module_path(model_id), names.class_name(model_id))
        for model_id in model_ids
        if model_id not in lock.entries
    }
    return NameLock({**lock.entries, **added}, lock.attributes, lock.classes)


def update_lock(lock: NameLock, given: Mapping[str, ModelNames]) -> NameLock:
    """Return the lock with new names added. Names of properties that were removed are kept."""
    attributes = {model_id: dict(roles) for model_id, roles in lock.attributes.items()}
    for model_id, names_of in given.items():
        of_model = attributes.setdefault(model_id, {})
        earlier = {name: key for key, name in lock.classes.get(model_id, {}).items()}
        for role, chosen in names_of.attributes.items():
            renamed = {key: attribute for key, attribute in chosen.items() if key != attribute}
            known = earlier.get(names_of.classes[role], names_of.keys[role])
            of_model[names_of.keys[role]] = {**of_model.pop(known, {}), **renamed}
    classes = dict(lock.classes)
    for model_id, names_of in given.items():
        now = names_of.locked
        gone = {key: name for key, name in lock.classes.get(model_id, {}).items() if name not in now.values()}
        classes[model_id] = {**gone, **now}
    return NameLock(lock.entries, attributes, classes)


def names_for(model: Model, lock: NameLock) -> ModelNames:
    """Return all names of a model."""
    module, class_name = lock.entries[model.id]
    of_model = lock.classes.get(model.id, {})
    classes = names.object_classes(class_name, model.objects, of_model)
    known = names.shipped_keys(model.objects, of_model)
    # if one branch of a union remains, it keeps its key in the lock, since the union may be published again
    keys = {item.role: max(item.key, known.get(item.key, ()), key=len) for item in model.objects}
    locked = {key: classes[role] for role, key in keys.items() if role != ("input",)}
    shipped = names.shipped_attributes(model.objects, classes, lock, model.id)
    attributes = {
        item.role: names.attributes((field.name for field in item.fields), classes.values(), shipped=shipped[item.role])
        for item in model.objects
    }
    return ModelNames(module, classes, keys, locked, attributes)


def check_collisions(exports: Mapping[str, Iterable[str]], lock: NameLock, place: Callable[[str], Place], report: Report) -> None:
    """Report names that two models have. `exports` are the classes of the current models; models of the past keep their names."""
    taken = TakenNames()
    for model_id, (_, class_name) in sorted(lock.entries.items()):
        taken.take(model_id, exports.get(model_id, [class_name]), lock, place(model_id), report)


class TakenNames:
    """The names of modules and classes that are in use, with their models."""

    def __init__(self) -> None:
        self._owners: dict[tuple[str, str], str] = {}

    def take(self, model_id: str, classes: Iterable[str], lock: NameLock, place: Place, report: Report) -> None:
        """Register the module and the classes of a model, and report those that another model has."""
        module, class_name = lock.entries[model_id]
        for kind, name in [("module", "/".join(module)), *(("class", exported) for exported in classes)]:
            owner = self._owners.setdefault((kind, name), model_id)
            if owner != model_id:
                entry = f'"{model_id}": {{"module": "{"/".join(module)}_2", "class": "{class_name}2"}}'
                message = f'"{owner}" and "{model_id}" have the same {kind} name, "{name}"'
                report.error("RC601", place, message, help=f"choose another name in names.lock.json: {entry}")


def read_lock(value: Any, place: Callable[[str], Place], report: Report) -> NameLock:
    """Parse the JSON of the name lock. Report invalid entries as errors."""
    entries: dict[str, tuple[tuple[str, ...], str]] = {}
    attributes: dict[str, dict[SchemaPath, dict[str, str]]] = {}
    classes: dict[str, dict[SchemaPath, str]] = {}
    for model_id, entry in (value if isinstance(value, dict) else {"": value}).items():
        match entry:
            case {"module": str() as module, "class": str() as class_name, **more} if (
                _well_formed(module, class_name)
                and more.keys() <= {"attributes", "classes"}
                and _are_attributes(more.get("attributes", {}))
                and _are_classes(more.get("classes", {}))
            ):
                entries[model_id] = (tuple(module.split("/")), class_name)
                classes[model_id] = {tuple(split(f"/{key}")): name for key, name in entry.get("classes", {}).items()}
                attributes[model_id] = {tuple(split(f"/{role}")): given for role, given in entry.get("attributes", {}).items()}
            case _:
                help = 'write {"module": "vendor/name", "class": "Name"}, with valid Python names'
                report.error("RC602", place(f"/{escape(model_id)}"), "not an entry of the name lock", help=help)
    return NameLock(entries, attributes, classes)


def _are_classes(value: Any) -> bool:
    if not isinstance(value, dict) or len(set(map(str, value.values()))) != len(value):
        return False
    return all(isinstance(name, str) and _well_formed("m", name) for name in value.values())


def _are_attributes(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(given, dict)
        and all(isinstance(name, str) and names.is_attribute(name) for name in given.values())
        and len(set(given.values())) == len(given)
        for given in value.values()
    )


def _well_formed(module: str, class_name: str) -> bool:
    parts = [*module.split("/"), class_name]
    return (
        all(part.isascii() and part.isidentifier() and not keyword.iskeyword(part) and part[:2] != "__" for part in parts)
        and module == module.lower()
        and not module.startswith("_index")
        and class_name not in names.RESERVED_CLASSES
        and class_name[0].isupper()
    )
