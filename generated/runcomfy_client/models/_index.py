"""Where every model is: its class by model id, and the module of every class."""

from __future__ import annotations

from typing import Final

MODELS: Final[dict[str, str]] = {
    "kling/kling-3.0/standard/image-to-video": "Kling3_0StandardImageToVideo",
}
"""The request class of each model id."""

EXPORTS: Final[dict[str, str]] = {
    "Kling3_0StandardImageToVideo": "kling.kling_3_0.standard.image_to_video",
    "Kling3_0StandardImageToVideoElementsItem": "kling.kling_3_0.standard.image_to_video",
    "Kling3_0StandardImageToVideoMultiPromptItem": "kling.kling_3_0.standard.image_to_video",
    "Kling3_0StandardImageToVideoOutput": "kling.kling_3_0.standard.image_to_video",
}
"""The module, below this package, of each class."""
