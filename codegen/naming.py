"""Gives every model its names, keeps those that have shipped, and refuses two ids that meet in one name."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable, Mapping

from codegen import names
from codegen.catalog import Model
from codegen.diagnostics import Place, Report
from codegen.names import Lock, ModelNames
from codegen.pointer import escape


def assign(
    models: Iterable[Model], lock: Lock, place: Callable[[str], Place], report: Report
) -> tuple[dict[str, ModelNames], Lock]:
    """Return the names of every model by id, and the lock with the new ones added. `place` says where a model stands."""
    entries = dict(lock.entries)
    assigned: dict[str, ModelNames] = {}
    for model in models:
        module, class_name = entries.setdefault(model.id, (names.module_path(model.id), names.class_name(model.id)))
        assigned[model.id] = ModelNames(
            module,
            names.object_classes(class_name, (item.role for item in model.objects)),
            {item.role: names.attributes(field.wire for field in item.fields) for item in model.objects},
        )
    _refuse_collisions(assigned, entries, place, report)
    return assigned, Lock(entries)


def _refuse_collisions(
    assigned: Mapping[str, ModelNames],
    entries: Mapping[str, tuple[tuple[str, ...], str]],
    place: Callable[[str], Place],
    report: Report,
) -> None:
    modules: dict[str, str] = {}
    classes: dict[str, str] = {}
    for model_id in sorted(entries):
        module, class_name = entries[model_id]
        path = "/".join(module)
        exported = list(assigned[model_id].classes.values()) if model_id in assigned else [class_name]
        for what, table, wanted in (("module", modules, [path]), ("class", classes, exported)):
            for name in wanted:
                owner = table.setdefault(name, model_id)
                if owner == model_id and wanted.count(name) == 1:
                    continue
                report.error(
                    "RC601",
                    place(model_id),
                    f'the {what} "{name}" is wanted by "{owner}" and by "{model_id}"',
                    help=f'settle it in names.lock.json: "{model_id}": {{"module": "{path}_2", "class": "{class_name}2"}}',
                )


def read_lock(value: object, place: Callable[[str], Place], report: Report) -> Lock:
    """Return the lock that the JSON of its file says; entries out of form are errors."""
    entries: dict[str, tuple[tuple[str, ...], str]] = {}
    listed = value if isinstance(value, dict) else {"": value}
    for model_id, entry in listed.items():
        match entry:
            case {"module": str() as module, "class": str() as class_name} if _well_formed(module, class_name):
                entries[model_id] = (tuple(module.split("/")), class_name)
            case _:
                report.error(
                    "RC602",
                    place(f"/{escape(model_id)}"),
                    "not an entry of the lock of names",
                    help='write {"module": "vendor/name", "class": "Name"}, in Python names',
                )
    return Lock(entries)


def _well_formed(module: str, class_name: str) -> bool:
    parts = [*module.split("/"), class_name]
    return (
        all(part.isascii() and part.isidentifier() and not keyword.iskeyword(part) for part in parts) and module == module.lower()
    )
