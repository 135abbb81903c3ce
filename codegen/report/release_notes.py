"""The changelog section of a release: changes of the models, from their schemas, and all other changes, from notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any, Final

from codegen.report.compare import Change, Impact
from codegen.values.diagnostics import Place, Report, did_you_mean
from codegen.values.version import Step, Version

KINDS: Final = {
    "": ("Client and tools", Step.PATCH),
    "breaking": ("Client and tools: breaking", Step.BREAKING),
    "added": ("Client and tools: new", Step.ADDITIVE),
    "fixed": ("Client and tools: fixed", Step.PATCH),
}
"""The heading of each kind of note, and the part of the version that it increases."""
STEPS: Final = {
    Impact.BREAKING: Step.BREAKING,
    Impact.ADDITIVE: Step.ADDITIVE,
    Impact.PRICE: Step.PATCH,
    Impact.COSMETIC: Step.PATCH,
}
_NEW, _RETIRED, _BREAKING = "Models: new", "Models: retired", "Models: breaking"
_INPUTS, _PRICES, _TEXTS = "Models: new inputs and values", "Models: prices", "Models: texts"
_MODELS: Final = (_BREAKING, _NEW, _INPUTS, _RETIRED, _PRICES, _TEXTS)
"""The headings that are generated from the schemas, in order."""
_SECTION: Final = re.compile(r"^## (\d+\.\d+\.\d+)\b(.*)$", re.MULTILINE)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
INTRODUCTION: Final = "# Changelog\n\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note about a change of the client, the tools or the generator."""

    heading: str
    step: Step
    text: str


def read_notes(texts: Mapping[str, bytes], folder: str, report: Report) -> list[Note]:
    """Return the notes in the files of `changes/`. `texts` has the content of each file by its name, `NAME.KIND.md`."""
    notes = []
    for path, content in texts.items():
        name = PurePosixPath(path)
        if name.suffix != ".md" or name.name.startswith(".") or name.name.lower() == "readme.md":
            continue
        suffix = PurePosixPath(name.stem).suffix.removeprefix(".")
        kind = suffix if suffix.isalpha() else ""
        try:
            text = content.decode("utf-8").strip()
        except UnicodeDecodeError:
            report.error("RC701", Place(f"{folder}/{path}"), "the note is not valid UTF-8", help="save it as UTF-8")
            continue
        if kind not in KINDS:
            help = f"use one of {', '.join(filter(None, KINDS))}{did_you_mean(kind, list(KINDS))}, or remove it"
            report.error("RC701", Place(f"{folder}/{path}"), f"unknown kind of change {kind!r} in the file name", help=help)
        elif not text:
            report.error("RC701", Place(f"{folder}/{path}"), "the note is empty", help="describe the change in one sentence")
        else:
            notes.append(Note(*KINDS[kind], text))
    return notes


def model_parts(before: Mapping[str, Any], after: Mapping[str, Any], changes: Sequence[Change]) -> dict[str, list[str]]:
    """Return the changes of the models, as lines of Markdown by heading."""
    parts: dict[str, list[str]] = {}
    new = sorted(after.keys() - before.keys())
    if new and not before:
        parts[_NEW] = [f"- {len(new)} model{'s' * (len(new) != 1)}, listed in [MODELS.md](generated/MODELS.md)"]
    elif new:
        parts[_NEW] = [f"- `{model_id}`: `{after[model_id]['class_name']}`" for model_id in new]
    known = [change for change in changes if change.model_id in before]
    retired = [change for change in known if _is_retirement(change, before, after)]
    for heading, listed in (
        (_BREAKING, [change for change in known if change.impact is Impact.BREAKING]),
        (_INPUTS, [change for change in known if change.impact is Impact.ADDITIVE and change not in retired]),
        (_RETIRED, retired),
        (_PRICES, [change for change in known if change.impact is Impact.PRICE]),
    ):
        if listed:
            parts[heading] = list(_listed(listed))
    texts = {change.model_id for change in known if change.impact is Impact.COSMETIC}
    if texts:
        parts[_TEXTS] = [f"- The texts of {len(texts)} model{'s' * (len(texts) != 1)} have changed."]
    return {heading: parts[heading] for heading in _MODELS if heading in parts}


def _is_retirement(change: Change, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    old, new = before[change.model_id], after.get(change.model_id)
    if new is None or not new.get("retired") or old.get("retired") == new["retired"]:
        return False
    return change.text == f"`{new['class_name']}` is retired since {new['retired']}"


def _listed(changes: Iterable[Change]) -> Iterator[str]:
    for model_id, listed in groupby(changes, key=lambda change: change.model_id):
        yield f"- `{model_id}`"
        yield from (f"  - {change.text}" for change in listed)


def step_of(changes: Iterable[Change], notes: Iterable[Note]) -> Step:
    """Return the part of the version that the changes and notes increase."""
    return max([Step.NOTHING, *(STEPS[change.impact] for change in changes), *(note.step for note in notes)])


def section_of(changelog: str, version: Version) -> str:
    """Return the section of a version, including its heading; an empty string if there is none."""
    found = list(_SECTION.finditer(changelog))
    for number, heading in enumerate(found):
        if heading[1] == str(version):
            end = found[number + 1].start() if number + 1 < len(found) else len(changelog)
            return changelog[heading.start() : end]
    return ""


def kept_step(section: str) -> Step:
    """Return the part of the version that the notes already in a section increase."""
    headings = re.findall(r"^### (.*)$", section, re.MULTILINE)
    return max([Step.NOTHING, *(step for heading, step in KINDS.values() if heading in headings)])


def with_section(
    changelog: str, version: Version, prepared: Version, parts: Mapping[str, Sequence[str]], notes: Sequence[Note], today: str
) -> str:
    """Return the changelog with the section of a release.

    An existing section for `version`, or for the unreleased version `prepared`, is replaced: its handwritten parts are kept, and
    the parts that come from the schemas are generated again.
    """
    text = changelog or INTRODUCTION
    old = section_of(text, version) or section_of(text, prepared)
    introduction, kept = _split(old)
    for note in notes:
        item = "- " + note.text.removeprefix("- ").replace("\n", "\n  ")
        body = kept.get(note.heading, "")
        if item not in body:
            kept[note.heading] = f"{body}\n{item}".strip()
    date = _DATE.search(old.partition("\n")[0]) if section_of(text, version) else None
    blocks = [f"## {version} ({date[0] if date else today})", *([introduction] if introduction else [])]
    blocks += [f"### {heading}\n\n" + "\n".join(lines) for heading, lines in parts.items()]
    blocks += [f"### {heading}\n\n{body}" for heading, body in kept.items()]
    section = "\n\n".join(blocks) + "\n"
    if old:
        start = text.index(old)
        rest = text[start + len(old) :]
        return text[:start] + section + (f"\n{rest}" if rest else "")
    first = _SECTION.search(text)
    if first is None:
        return text.rstrip("\n") + "\n\n" + section
    return text[: first.start()] + section + "\n" + text[first.start() :]


def _split(section: str) -> tuple[str, dict[str, str]]:
    """Return the text below the heading of a section, and its handwritten parts by heading."""
    introduction, *parts = re.split(r"^### ", section.partition("\n")[2], flags=re.MULTILINE)
    named = (part.partition("\n") for part in parts)
    return introduction.strip(), {heading: body.strip() for heading, _, body in named if heading not in _MODELS}
