"""The command `pull`: updates the schemas folder from the catalog. All changes are determined first, then written atomically."""

from __future__ import annotations

import argparse
import datetime
import json
import os
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx

from codegen import files, pipeline
from codegen.emit.emit_task import as_json
from codegen.files.atomic import replace_folder
from codegen.files.token import find_token
from codegen.read.carry_over import take_titles_and_defaults
from codegen.read.catalog_server import DEFAULT_URL, CatalogError, CatalogServer, check_base_url
from codegen.read.name_lock import TakenNames, assign_names
from codegen.read.sources import LOCK, Sources, corrections_path, model_path, read_names
from codegen.report.changelog import as_lines
from codegen.report.compare import Change, Impact, compare
from codegen.report.format_report import CommandResult
from codegen.report.progress import progress_bar
from codegen.values.codes import DISK
from codegen.values.diagnostics import Place, Report, Severity
from codegen.values.names import NameLock

VANISHED_SHARE: Final = 0.1
"""The maximum fraction of models that may vanish from the catalog in one pull: more looks like an outage."""
_BATCH: Final = 100
"""The number of models whose names are determined together, to limit the memory."""
_NOT_PUBLISHED: Final = {"source", "captured", "provenance", "output_schema", "output_kind", "example", "rules", "incomplete"}
"""Keys of a document that catalog entries do not have."""


_OURS: Final = frozenset({"source", "captured", "provenance", "retired"})
"""Keys about the source of a document, which are ignored in catalog entries."""


@dataclass(slots=True)
class _Pull:
    """The changes that a pull has determined."""

    changes: dict[str, bytes] = field(default_factory=dict[str, bytes])
    new: list[str] = field(default_factory=list[str])
    changed: list[str] = field(default_factory=list[str])
    unchanged: int = 0
    bad: list[str] = field(default_factory=list[str])
    listed: set[str] = field(default_factory=set[str])
    nameless: int = 0
    """The number of entries without a valid model id."""
    retired: list[str] = field(default_factory=list[str])
    removed: set[str] = field(default_factory=set[str])


def pull(
    options: argparse.Namespace, sources: Sources, report: Report, result: CommandResult, client: httpx.Client | None = None
) -> int:
    """Read the catalog, and update the schemas folder.

    Exit codes: 0 success, 1 success except for invalid models, 2 if nothing was written.
    """
    found, model_report = _Pull(), Report()
    lock = read_names(sources, report)
    if report.failed:
        return 2
    url = options.base_url or os.environ.get("RUNCOMFY_BASE_URL") or DEFAULT_URL
    try:
        base_url = check_base_url(url)
        own = client or httpx.Client(timeout=30, follow_redirects=False)
        with own:
            server = CatalogServer(base_url, find_token(), own)
            for entry in server.entries(_query(options), progress_bar()):
                if _is_wanted(entry, options):
                    _take(entry, sources, lock, found, model_report)
        _skip_collisions(sources, lock, found, model_report)
        _retire(sources, found, options)
    except CatalogError as error:
        report.error(DISK, Place(url), str(error), help=error.step)
        return 2
    if options.strict and (found.bad or found.nameless):
        report.diagnostics += model_report.diagnostics
        return 2
    # invalid models are not changed: their errors are reported as warnings, and do not fail the command
    report.diagnostics += [
        replace(item, severity=Severity.WARNING) if item.severity is Severity.ERROR else item for item in model_report.diagnostics
    ]
    _report(options, sources, lock, found, result)
    if not options.dry_run and (found.changes or found.removed):
        files.check_obstacles(options.schemas, found.changes)
        replace_folder(options.schemas, found.changes, frozenset(found.removed))
        result.facts["written"] = [files.display_path(options.schemas / path) for path in found.changes]
    return 1 if found.bad or found.nameless else 0


def _query(options: argparse.Namespace) -> dict[str, str]:
    query = {"search": options.search, "category": options.category}
    return {name: value for name, value in query.items() if value}


def _is_wanted(entry: Any, options: argparse.Namespace) -> bool:
    if not options.vendor or not isinstance(entry, dict):
        return True
    vendor: str = options.vendor
    return str(entry.get("model_id", "")).partition("/")[0] == vendor.rstrip("/")


def _take(entry: Any, sources: Sources, lock: NameLock, found: _Pull, model_report: Report) -> None:
    """Determine the change for one entry."""
    model_id = entry.get("model_id") if isinstance(entry, dict) else None
    if not isinstance(model_id, str):
        found.nameless += 1
        model_report.error(
            "RC302", Place("catalog"), "an entry of the catalog has no model id", help="the entry was skipped; try again later"
        )
        return
    found.listed.add(model_id)
    entry = {key: value for key, value in entry.items() if key not in _OURS}
    path = model_path(model_id)
    existing = sources.schemas.get(path)
    if existing is not None and _is_unchanged(entry, existing):
        found.unchanged += 1
        return
    own = Report()
    names = as_json(lock.only([model_id]).to_json())
    alone = replace(sources, schemas={**sources.only([model_id]).schemas, LOCK: names})
    text = json.dumps(entry, ensure_ascii=False, indent=2)
    given = pipeline.add(
        alone, {f"catalog:{model_id}": text}, model_id=None, captured=datetime.date.today().isoformat(), report=own
    )
    model_report.diagnostics += own.diagnostics
    if own.failed:
        found.bad.append(model_id)
    elif changes := pipeline.changed_documents(alone, given):
        found.changes |= changes
        (found.new if existing is None else found.changed).append(model_id)
    else:
        found.unchanged += 1


def _is_unchanged(entry: dict[str, Any], existing: bytes) -> bool:
    """Return True if an entry is equal to the existing document, compared without normalising the schema."""
    try:
        known = json.loads(existing)
    except ValueError:
        return False
    published = {key: value for key, value in entry.items() if value is not None and value != []}
    kept = known.get("provenance") or {}
    rest = {key: value for key, value in known.items() if key in published or key not in {*_NOT_PUBLISHED, *kept}}
    if kept:
        take_titles_and_defaults(schema := deepcopy(published.get("input_schema")), known.get("input_schema"), kept.__contains__)
        published["input_schema"] = schema
    with suppress(TypeError, ValueError):  # a price may be a string
        published["base_price_usd"] = float(published["base_price_usd"]) if "base_price_usd" in published else None
    return bool(rest == {key: value for key, value in published.items() if value is not None})


def _skip_collisions(sources: Sources, lock: NameLock, found: _Pull, model_report: Report) -> None:
    """Skip the models whose name another model has: models that are released, or in the schemas folder, keep theirs."""
    if not found.changes:
        return
    taken = TakenNames()
    for model_id, (_, class_name) in lock.entries.items():
        taken.take(model_id, [class_name, *lock.classes.get(model_id, {}).values()], lock, Place(model_id), Report())
    after = replace(sources, schemas={**sources.schemas, **found.changes})
    untouched = [
        model_id for model_id in sources.model_ids if model_id not in lock.entries and model_path(model_id) not in found.changes
    ]
    ids = [*untouched, *sorted(found.changed), *sorted(found.new)]
    for start in range(0, len(ids), _BATCH):
        names = pipeline.names_of(after, ids[start : start + _BATCH], lock)
        for model_id in (model_id for model_id in ids[start : start + _BATCH] if model_id in names):
            own, known = Report(), assign_names(lock.only([model_id]), [model_id])
            taken.take(model_id, names[model_id].classes.values(), known, Place(f"catalog:{model_id}"), own)
            if own.failed and found.changes.pop(model_path(model_id), None) is not None:
                model_report.diagnostics += own.diagnostics
                found.bad.append(model_id)
    found.new = [model_id for model_id in found.new if model_path(model_id) in found.changes]
    found.changed = [model_id for model_id in found.changed if model_path(model_id) in found.changes]


def _retire(sources: Sources, found: _Pull, options: argparse.Namespace) -> None:
    """Mark the models that the catalog no longer lists as retired, or remove them with --prune.

    Raises:
        CatalogError: so many models have vanished that it looks like an outage.
    """
    if options.search or options.category or found.nameless:
        return  # models that were not requested, or whose id is not valid, have not vanished
    known = {model_id: _from_catalog(sources.schemas[model_path(model_id)]) for model_id in sources.model_ids}
    if options.vendor:
        known = {model_id: item for model_id, item in known.items() if model_id.startswith(f"{options.vendor.rstrip('/')}/")}
    from_catalog = {model_id: item for model_id, item in known.items() if item is not None}
    active = [model_id for model_id, item in from_catalog.items() if not item.get("retired")]
    vanished = [model_id for model_id in active if model_id not in found.listed]
    if len(vanished) > VANISHED_SHARE * len(active):
        message = f"{len(vanished)} of {len(active)} models have vanished from the catalog, more than {VANISHED_SHARE:.0%}"
        raise CatalogError(message, "this looks like an outage; try again later; nothing was written")
    found.retired = vanished
    for model_id, item in from_catalog.items():
        if model_id in found.listed:
            continue
        if options.prune:
            paths = {model_path(model_id), corrections_path(model_id)}
            found.removed |= paths & sources.schemas.keys()
        elif model_id in vanished:
            retired = {**item, "retired": datetime.date.today().isoformat()}
            found.changes[model_path(model_id)] = (json.dumps(retired, ensure_ascii=False, indent=2) + "\n").encode()


def _from_catalog(text: bytes) -> dict[str, Any] | None:
    """Parse a document; return it if its source is the catalog, or else None: only such models can vanish from the catalog."""
    try:
        item = json.loads(text)
    except ValueError:
        return None
    return item if isinstance(item, dict) and str(item.get("source", "")).startswith("catalog") else None


def _report(options: argparse.Namespace, sources: Sources, lock: NameLock, found: _Pull, result: CommandResult) -> None:
    changes = _changes(sources, lock, found)
    pruned = sorted(path for path in found.removed if path.startswith("models/"))
    counts = {"new": len(found.new), "changed": len(found.changed), "unchanged": found.unchanged, "retired": len(found.retired)}
    counts |= {"pruned": len(pruned), "invalid, not changed": len(found.bad) + found.nameless}
    result.lines += as_lines(changes) if changes else []
    result.lines += [f"not changed: {model_id}" for model_id in found.bad]
    if not found.listed and not found.nameless:
        result.lines.append("no model in the catalog matches")
    if options.dry_run:
        result.lines.append("dry run, nothing was written")
    result.lines.append(", ".join(f"{number} {word}" for word, number in counts.items() if number or word in ("new", "unchanged")))
    result.facts |= {
        "new": sorted(found.new),
        "changed": sorted(found.changed),
        "unchanged": found.unchanged,
        "retired": found.retired,
        "pruned": [path.removeprefix("models/").removesuffix(".json") for path in pruned],
        "invalid": found.bad,
        "dry_run": options.dry_run,
        "changes": [{"impact": str(change.impact), "model": change.model_id, "text": change.text} for change in changes],
    }


def _changes(sources: Sources, lock: NameLock, found: _Pull) -> list[Change]:
    """Return the changes for users. For new and pruned models, there is only one change each."""
    quiet = Report()  # not reported: the existing documents may be invalid, and replaced for that reason
    ids = [*found.changed, *found.retired]
    changed = replace(sources, schemas={**sources.schemas, **found.changes})
    changes: list[Change] = []
    for start in range(0, len(ids), _BATCH):  # parsed documents need much more memory than their texts
        before = pipeline.shipped(sources, ids[start : start + _BATCH], quiet)
        after = pipeline.shipped(changed, before, quiet)
        changes += compare({key: before[key] for key in after}, after, lock)
    gone = [_id_of(path) for path in sorted(found.removed) if path.startswith("models/")]
    names = assign_names(lock, [*gone, *found.new]).entries
    changes += [Change(Impact.BREAKING, model_id, f"`{names[model_id][1]}` was removed") for model_id in gone]
    changes += [Change(Impact.ADDITIVE, model_id, f"`{names[model_id][1]}` is new") for model_id in found.new]
    order = {weight: number for number, weight in enumerate(Impact)}
    return sorted(changes, key=lambda change: (order[change.impact], change.model_id))


def _id_of(path: str) -> str:
    return path.removeprefix("models/").removesuffix(".json")
