"""Copies images without their metadata (place, time, camera, thumbnails, comments), with Pillow."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from runcomfy_client._core.install_hint import install_command
from runcomfy_client.errors import ConfigurationError
from runcomfy_client.files.content import JPEG, PNG, WEBP, ContentKind


class MetadataError(Exception):
    """An image cannot be copied without its metadata."""


def stripped_copy(path: Path, kind: ContentKind) -> Path:
    """Write a copy of an image without its metadata to a temporary file, which the caller must remove. Return its path.

    The image is rotated as its metadata says, and its colour profile is kept. The copy is lossless for PNG and WebP, and nearly so
    for JPEG.

    Raises:
        ConfigurationError: Pillow is not installed.
        MetadataError: Pillow cannot read the image, or it is animated.
    """
    try:
        from PIL import Image, ImageOps
    except ModuleNotFoundError:
        step = f"Install it: {install_command('files')}"
        raise ConfigurationError("Stripping metadata needs Pillow, which is not installed", next_step=step) from None
    number, name = tempfile.mkstemp(suffix=f".{kind.extension}", prefix="runcomfy-")
    os.close(number)
    try:
        with Image.open(path) as image:
            if getattr(image, "n_frames", 1) > 1:
                raise MetadataError(f"{path} is animated; metadata can be stripped from still images only")
            quality: Any = "keep" if kind is JPEG and image.getexif().get(0x0112, 1) == 1 else 95
            profile = image.info.get("icc_profile")
            upright = image if quality == "keep" else ImageOps.exif_transpose(image)
            for text in ("exif", "comment", "xmp", "XML:com.adobe.xmp", "Software"):
                upright.info.pop(text, None)
            options: dict[str, Any] = {
                JPEG: {"format": "JPEG", "quality": quality},
                PNG: {"format": "PNG", "pnginfo": None},
                WEBP: {"format": "WEBP", "lossless": True},
            }[kind]
            upright.save(name, **options, exif=b"", icc_profile=profile)
        return Path(name)
    except MetadataError:
        os.unlink(name)
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        os.unlink(name)
        raise MetadataError(f"{path} cannot be copied without its metadata: {str(error)[:200]}") from None
