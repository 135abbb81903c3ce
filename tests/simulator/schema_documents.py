"""Small normalised schema documents for these tests, in the format that the generator writes."""

from __future__ import annotations

from typing import Any, Final

TOKEN: Final = {"Authorization": "Bearer test"}

FILM: Final[dict[str, Any]] = {
    "model_id": "acme/film-2.0/image-to-video",
    "display_name": "Film 2.0",
    "description": "Turns a photo into a clip.",
    "categories": ["image-to-video"],
    "kind": "VIDEO",
    "input_schema": {
        "type": "object",
        "required": ["prompt", "start_image_url"],
        "properties": {
            "prompt": {"type": "string", "maxLength": 40, "examples": ["A kite."]},
            "start_image_url": {"type": "string", "x-media": "image"},
            "duration": {"type": "integer", "minimum": 3, "maximum": 15, "default": 10},
            "cfg_scale": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
            "aspect_ratio": {"type": "string", "enum": ["16:9", "9:16"], "default": "16:9"},
            "shots": {
                "type": "array",
                "maxItems": 20,
                "items": {
                    "type": "object",
                    "required": ["prompt"],
                    "properties": {"prompt": {"type": "string"}, "duration": {"type": "integer", "minimum": 1, "default": 5}},
                    "additionalProperties": False,
                },
            },
            "references": {"type": "array", "items": {"type": "string", "x-media": "file"}},
            "camera": {},
        },
        "additionalProperties": False,
        "x-rules": [{"kind": "sum_equals", "items": "shots", "part": "duration", "total": "duration"}],
    },
    "output_schema": {
        "type": "object",
        "properties": {
            "image": {"type": "string", "x-media": "file"},
            "video": {"type": "string", "x-media": "file"},
            "images": {"type": "array", "items": {"type": "string", "x-media": "file"}},
            "videos": {"type": "array", "items": {"type": "string", "x-media": "file"}},
        },
    },
    "example": {"prompt": "A kite.", "start_image_url": ""},
    "incomplete": ["camera"],
}

PICTURE: Final[dict[str, Any]] = {
    "model_id": "acme/picture/4K",
    "display_name": "Picture",
    "description": "Paints.",
    "categories": ["text-to-image", "fast"],
    "kind": "IMAGE",
    "input_schema": {
        "type": "object",
        "properties": {"prompt": {"type": "string"}, "count": {"type": "integer", "default": 1}},
        "additionalProperties": False,
    },
    "output_schema": None,
    "example": {},
    "incomplete": [],
}

LIVE: Final[dict[str, Any]] = {
    **PICTURE,
    "model_id": "acme/Film Live 01",
    "display_name": "Live",
    "categories": ["text-to-video"],
    "kind": None,
}
DRAFT: Final[dict[str, Any]] = {**PICTURE, "model_id": "acme/picture", "display_name": "Draft"}

ALL: Final = (FILM, PICTURE, LIVE, DRAFT)

GOOD: Final[dict[str, Any]] = {"prompt": "A kite.", "start_image_url": "https://example.com/kite.png"}
