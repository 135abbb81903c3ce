"""The pages of the public Python API, made from the docstrings, which griffe reads without importing the client."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import griffe

from scripts.site.markdown import block, code

CLIENT: Final = Path(__file__).resolve().parents[2] / "generated"
ROOT: Final = "runcomfy_client"
PAGES: Final[dict[str, tuple[str, str, str]]] = {
    "clients": ("Clients", ROOT, "RunComfy AsyncRunComfy"),
    "requests": ("Requests", ROOT, "Request RawRequest request model_class LocalFile DataURI"),
    "jobs": ("Jobs", ROOT, "Job AsyncJob State Status"),
    "results": ("Results", ROOT, "Result AsyncResult Output MediaOutput"),
    "runs": ("Many jobs", ROOT, "Runs AsyncRuns"),
    "batches": (
        "Batches",
        f"{ROOT}.batch",
        "run_batch Batch FolderBatch BatchJob BatchLimits BatchReport Counts Row SavedFile Stage LineProblem read_jobs read_ledger "
        "write_report",
    ),
    "prices": ("Prices", ROOT, "Estimate PastCosts Balance"),
    "settings": ("Settings", ROOT, "Policy Hooks DownloadLimits BucketHost"),
    "interrupts": ("Interrupts", ROOT, "orphaned_job orphaned_jobs OrphanedJob sigterm_as_ctrl_c"),
    "errors": (
        "Errors",
        ROOT,
        "RunComfyError APIError AuthenticationError PermissionDenied InsufficientBalance InvalidRequest RequestNotFound "
        "RateLimited ServerError GatewayError ConnectionFailed SubmitUnknown JobFailed JobCancelled WaitTimeout InvalidInput "
        "Problem UnknownModel ConfigurationError MissingToken MalformedToken DownloadError UploadFailed BatchError "
        "BatchBusy InvalidJobs LedgerError",
    ),
    "tools": ("Tools for agents", f"{ROOT}.tools", "definition free_form_inputs request_from Dialect InvalidArguments"),
    "simulator": (
        "Simulator",
        f"{ROOT}.simulator",
        "Simulator Fault Reply Drop HalfBody Garbage Drip Endless Delay Unreachable StatusWord JobFails NeverFinishes OutputIs "
        "RefuseCancel WithholdCost read_fault AcceptedJob RecordedCall SimulatedResponse Delivery ManualClock",
    ),
}
"""The pages: a title, the module that exports the names, and the names."""
_REST: Final = ("settings", "batches", "tools", "simulator")
"""The page of each module that also takes the names which no page lists."""
_SHOWN: Final = ("__enter__", "__aenter__", "__iter__", "__aiter__", "__len__", "__getitem__")
"""Special methods that are named where they have a docstring."""
_PUBLIC: Final = frozenset(name for _, _, names in PAGES.values() for name in names.split())
_WIDTH: Final = 88


def api_pages() -> dict[str, str]:
    """Return the pages of the API, by path."""
    package = griffe.load(ROOT, search_paths=[CLIENT], allow_inspection=False, submodules=True)
    pages = {f"api/{key}.md": "\n".join(_page(package, key)) for key in PAGES}
    return {**pages, "api/index.md": "\n".join(_overview(package))}


def names_of(key: str) -> list[str]:
    """Return the names that a page tells of: those listed, and further ones that its module exports."""
    _, module, listed = PAGES[key]
    exported: list[str] = importlib.import_module(module).__all__ if key in _REST else []
    return [*listed.split(), *(name for name in exported if name not in _PUBLIC)]


def _overview(package: Any) -> Iterator[str]:
    yield from (
        "# Python API",
        "",
        f"Every public name. The classes of the models are in `{ROOT}.models`; see the pages of the models.",
        "",
    )
    for key, (title, module, _) in PAGES.items():
        yield from (f"## {title}", "", f"`{module}`", "")
        for name in names_of(key):
            about = _first_line(_find(package, module, name))
            yield f"- [`{name}`]({key}.md#{_anchor(name)}): {about}"
        yield ""


def _page(package: Any, key: str) -> Iterator[str]:
    title, module, _ = PAGES[key]
    yield from (f"# {title}", "", *block(f"from {module} import {names_of(key)[0]}", "python"))
    for name in names_of(key):
        yield from _object(_find(package, module, name), name)


def _find(package: Any, module: str, name: str) -> Any:
    """Return what griffe knows of a public name; the client itself tells in which module it is defined."""
    exported = getattr(importlib.import_module(module), name)
    home = getattr(exported, "__module__", module)
    path = (home if str(home).startswith(ROOT) else module).removeprefix(ROOT).lstrip(".")
    found = package[f"{path}.{name}"] if path else package[name]
    return found.final_target if found.is_alias else found


def _anchor(name: str) -> str:
    return name.lower()


def _first_line(thing: Any) -> str:
    text = thing.docstring.value.partition("\n\n")[0] if thing.docstring else ""
    return " ".join(text.split())


def _object(thing: Any, name: str) -> Iterator[str]:
    yield from (f"## {name} {{ #{_anchor(name)} }}", "")
    if thing.is_class:
        bases = [str(base) for base in thing.bases if str(base) not in ("object", "Exception")]
        if bases:
            yield from (f"Subclass of {', '.join(map(code, bases))}.", "")
        start = thing.members.get("__init__")
        if start is not None and start.is_function and "dataclass" not in thing.labels:
            yield from block(_signature(start, name).removeprefix("def ").removesuffix(" -> None"), "python")
        yield from _docstring(thing)
        yield from _members(thing, name)
    elif thing.is_function:
        yield from (*block(_signature(thing, name), "python"), *_docstring(thing))
    else:
        yield from (*block(f"{name} = {thing.value}", "python"), *_docstring(thing))


def _members(thing: Any, name: str) -> Iterator[str]:
    """Yield the public members of a class, values first, then methods; inherited ones where no other page tells of them."""
    members = {key: member for key, member in thing.all_members.items() if not key.startswith("_") or key in _SHOWN}
    told = {path for base in thing.mro() if base.name in _PUBLIC for path in (member.path for member in base.members.values())}
    known = {key: member.final_target if member.is_alias else member for key, member in members.items()}
    known = {key: member for key, member in known.items() if member.path.startswith(ROOT) and member.path not in told}
    listed = set(_attribute_names(thing))
    values = {key: member for key, member in known.items() if member.is_attribute and key not in listed and _is_told(member)}
    if values:
        yield from ("**Values**", "")
    for key, member in values.items():
        note = (
            f" ({code(str(member.annotation))})" if member.annotation else f" = {code(str(member.value))}" if member.value else ""
        )
        about = _first_line(member)
        yield f"- {code(key)}{note}{f': {about}' if about else ''}"
    if values:
        yield ""
    for key, member in known.items():
        if member.is_function and member.docstring:
            yield from (f"### {name}.{key} {{ #{_anchor(f'{name}.{key}')} }}", "", *block(_signature(member, key), "python"))
            yield from _docstring(member)


def _is_told(attribute: Any) -> bool:
    """Whether an attribute has something to tell: what `__init__` keeps of its parameters is told there."""
    return bool(attribute.docstring or attribute.annotation or "class-attribute" in attribute.labels)


def _attribute_names(thing: Any) -> Iterator[str]:
    if thing.docstring:
        for section in thing.docstring.parse("google", warnings=False):
            if section.kind is griffe.DocstringSectionKind.attributes:
                yield from (name for item in section.value for name in item.name.split(", "))


def _signature(function: Any, name: str) -> str:
    """Return how a function is called, on one line or on a line a parameter."""
    words: list[str] = []
    star = False
    for parameter in function.parameters:
        kind = parameter.kind.value
        if parameter.name in ("self", "cls") and not words:
            continue
        if kind == "keyword-only" and not star:
            star = True
            words.append("*")
        star = star or kind == "variadic positional"
        mark = {"variadic positional": "*", "variadic keyword": "**"}.get(kind, "")
        text = f"{mark}{parameter.name}" + (f": {parameter.annotation}" if parameter.annotation else "")
        if parameter.default is not None and not mark:
            text += f" = {parameter.default}" if parameter.annotation else f"={parameter.default}"
        words.append(text)
        if kind == "positional-only" and not any(item.kind.value == kind for item in _after(function, parameter)):
            words.append("/")
    start = "async def " if "async" in function.labels else "def "
    end = f" -> {function.returns}" if function.returns else ""
    line = f"{start}{name}({', '.join(words)}){end}"
    if len(line) <= _WIDTH:
        return line
    return f"{start}{name}(\n" + "".join(f"    {word},\n" for word in words) + f"){end}"


def _after(function: Any, parameter: Any) -> list[Any]:
    listed = list(function.parameters)
    return listed[listed.index(parameter) + 1 :]


def _docstring(thing: Any) -> Iterator[str]:
    if thing.docstring is None:
        return
    for section in thing.docstring.parse("google", warnings=False):
        if section.kind is griffe.DocstringSectionKind.text:
            yield from (section.value, "")
            continue
        if not isinstance(section.value, list):  # a note with a title, such as `Example:`
            yield from (f"**{section.title or 'Note'}**", "", str(getattr(section.value, "description", section.value)), "")
            continue
        yield from (f"**{(section.title or section.kind.value).capitalize()}**", "")
        for item in section.value:
            words = getattr(item, "name", "") or str(item.annotation or "").strip("()")
            label = ", ".join(code(word) for word in words.split(", ")) if words else ""
            if section.kind is griffe.DocstringSectionKind.attributes and item.annotation:
                label += f" ({code(str(item.annotation))})"
            yield f"- {label}{': ' if label else ''}{' '.join(item.description.split())}"
        yield ""
