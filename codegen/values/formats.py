"""The format words of the documented dialect, and the rules for the file behind a URL. Any other word gives a diagnostic."""

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
"""Format words that say a string is a URL, and the medium behind it. The plural stands on lists, for their elements."""

URL_ENDINGS: Final = ("_uri", "_uris", "_url", "_urls")
"""Endings of format words that say a string is a URL, of a file of unknown medium where the word is not in `MEDIA`."""

UI_FORMATS: Final = frozenset(
    {"str", "int", "float", "bool", "text", "textarea", "password"}
    | {"int_slider_with_range", "float_slider_with_range", "int_with_arrows_and_random", "str_with_choice"}
    | {"int32", "int64", "double"}
)
"""Format words that only tell a form which widget to draw."""

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
"""The rules that `validations` may hold for the file behind a URL, each as a text for its number."""
