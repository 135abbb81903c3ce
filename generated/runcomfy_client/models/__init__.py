"""All models: a class for every model id, loaded when it is first used.

Import the classes from here; `runcomfy_client.request` finds one by its model id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_client.lazy import loader
from runcomfy_client.models._index import EXPORTS

if TYPE_CHECKING:
    from runcomfy_client.models.kling.kling_3_0.standard.image_to_video import (
        Kling3_0StandardImageToVideo as Kling3_0StandardImageToVideo,
        Kling3_0StandardImageToVideoElementsItem as Kling3_0StandardImageToVideoElementsItem,
        Kling3_0StandardImageToVideoMultiPromptItem as Kling3_0StandardImageToVideoMultiPromptItem,
        Kling3_0StandardImageToVideoOutput as Kling3_0StandardImageToVideoOutput,
    )
else:
    __getattr__, __dir__ = loader(__name__, EXPORTS)

__all__ = [
    "Kling3_0StandardImageToVideo",
    "Kling3_0StandardImageToVideoElementsItem",
    "Kling3_0StandardImageToVideoMultiPromptItem",
    "Kling3_0StandardImageToVideoOutput",
]
