"""The format names in published schemas, and the rules for the file at a URL. Any other name is reported as a diagnostic."""

from __future__ import annotations

from typing import Final

MEDIA: Final[dict[str, str]] = {
    "image_uri": "image",
    "image_uris": "image",
    "video_uri": "video",
    "video_uris": "video",
    "audio_uri": "audio",
    "audio_uris": "audio",
    "uri": "file",
    "url": "file",
}
"""Format names of URLs, and the medium of the file. On a list, the plural applies to its elements."""

URL_ENDINGS: Final = ("_uri", "_uris", "_url", "_urls")
"""Suffixes of format names of URLs. If the name is not in `MEDIA`, the medium is unknown."""

UI_FORMATS: Final = frozenset(
    {"str", "int", "float", "bool", "text", "textarea", "password"}
    | {"int_slider_with_range", "float_slider_with_range", "int_with_arrows_and_random", "str_with_choice"}
    | {"int32", "int64", "double"}
)
"""Format names that only select the widget of a form."""

VALIDATIONS: Final[dict[str, str]] = {
    "file_size_mb<": "smaller than {} MB",
    "file_size_mb>": "larger than {} MB",
    "width/height>": "more than {} times as wide as high",
    "width/height<": "less than {} times as wide as high",
    "width_pixels>": "more than {} pixels wide",
    "width_pixels<": "less than {} pixels wide",
    "height_pixels>": "more than {} pixels high",
    "height_pixels<": "less than {} pixels high",
    "duration_seconds>": "longer than {} seconds",
    "duration_seconds<": "shorter than {} seconds",
}
"""The rules for the file at a URL that `validations` may contain, each with its text."""
