"""Detects files of other formats, so that the error contains the format and the next step."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

_MHTML: Final = re.compile(
    r"(?:[\w-]+:[^\n]*\n(?:[ \t]+[^\n]*\n)*)*?(?:MIME-Version|Content-Transfer-Encoding|Content-Type:\s*multipart/)", re.IGNORECASE
)
_URL: Final = re.compile(r"\s*(?:https?://|www\.)\S+\s*\Z|\s*\[InternetShortcut\]|.{0,300}<plist.{0,100}<key>URL</key>", re.DOTALL)
_YAML_KEY: Final = re.compile(
    r"^[ \t-]*[\"']?(?:openapi|swagger|models|model_id|input_schema|type|properties|required)[\"']?:(?:[ \t]|$)", re.MULTILINE
)
_NUMBERED: Final = re.compile(
    r"^[ \t]*1[ \t]*[.:|]?[ \t]*[{\[][^\n]*\n[ \t]*2[ \t]*[.:|]?[ \t][^\n]*\n[ \t]*3[ \t]*[.:|]?[ \t]", re.MULTILINE
)
_DIFF: Final = re.compile(r"^\+[ \t]*[{\[][^\n]*\n\+[ \t]*\"", re.MULTILINE)
_OPENAPI_HELP: Final = (
    "save the schema of one model's request body, with the definitions that it refers to under $defs, "
    "and add it with --id vendor/model/variant"
)


@dataclass(frozen=True, slots=True)
class UnsupportedFormat:
    """A format that is not supported: its name, the next step, and the offset at which it was detected."""

    name: str
    help: str
    offset: int = 0


def unsupported_text(text: str) -> UnsupportedFormat | None:
    """Return the unsupported format of a text; None if there is none."""
    if text.startswith("{\\rtf"):
        return UnsupportedFormat("a Rich Text document", "copy the page as plain text, or save it as HTML")
    if _MHTML.match(text[:20_000]):
        return UnsupportedFormat("a web archive (MHTML)", 'save the page as "Webpage, HTML only", or copy its text')
    if _URL.match(text):
        return UnsupportedFormat("a URL", "open it in a browser, and copy the whole page; `add` does not fetch URLs")
    numbered = _NUMBERED.search(text)
    if numbered:
        offset = numbered.end() - len(numbered[0].lstrip())
        return UnsupportedFormat("JSON with line numbers", "copy the JSON without the line numbers", offset)
    diff = _DIFF.search(text)
    if diff:
        return UnsupportedFormat("a diff", "use the new version of the file that it changes", diff.start())
    if "{" not in text and len(_YAML_KEY.findall(text)) > 1:
        return UnsupportedFormat("YAML", "convert it to JSON, such as with `yq -o json FILE`")
    return None


def unsupported_json(value: Any) -> UnsupportedFormat | None:
    """Return the unsupported format of a JSON value; None if there is none."""
    match value:
        case {"openapi": _} | {"swagger": _} | {"components": {"schemas": _}}:
            return UnsupportedFormat("an OpenAPI document", _OPENAPI_HELP)
        case {"log": {"entries": _}}:
            return UnsupportedFormat("a recording of network traffic (HAR)", "use only the response of the catalog")
        case {"info": {"schema": _}, "item": _}:
            return UnsupportedFormat("a Postman collection", "copy the model's documentation page instead")
    return None
