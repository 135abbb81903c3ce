"""All models: a class for every model id, loaded when it is first used.

Import the classes from here; `runcomfy_client.request` finds one by its model id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_client._lazy import loader
from runcomfy_client.models._index import EXPORTS

if TYPE_CHECKING:
    from runcomfy_client.models.acestep_ai.ace_step_1_5.text_to_audio import (
        AceStep1_5TextToAudio as AceStep1_5TextToAudio,
    )
    from runcomfy_client.models.acestep_ai.ace_step.audio_inpaint import (
        AceStepAudioInpaint as AceStepAudioInpaint,
    )
    from runcomfy_client.models.acestep_ai.ace_step.text_to_audio import (
        AceStepTextToAudio as AceStepTextToAudio,
    )
    from runcomfy_client.models.alibaba.happyhorse_1_1.image_to_video import (
        Happyhorse1_1ImageToVideo as Happyhorse1_1ImageToVideo,
    )
    from runcomfy_client.models.alibaba.happyhorse_1_1.text_to_video import (
        Happyhorse1_1TextToVideo as Happyhorse1_1TextToVideo,
    )
    from runcomfy_client.models.blackforestlabs.flux_2_klein._4b.text_to_image import (
        Flux2Klein4bTextToImage as Flux2Klein4bTextToImage,
    )
    from runcomfy_client.models.blackforestlabs.flux_2_klein._9b.text_to_image import (
        Flux2Klein9bTextToImage as Flux2Klein9bTextToImage,
    )
    from runcomfy_client.models.blackforestlabs.flux_3.extend_video import (
        Flux3ExtendVideo as Flux3ExtendVideo,
    )
    from runcomfy_client.models.blackforestlabs.flux_3.extend_video.draft import (
        Flux3ExtendVideoDraft as Flux3ExtendVideoDraft,
    )
    from runcomfy_client.models.blackforestlabs.flux_3.first_last_frame_to_video import (
        Flux3FirstLastFrameToVideo as Flux3FirstLastFrameToVideo,
    )
    from runcomfy_client.models.blackforestlabs.flux_3.image import (
        Flux3Image as Flux3Image,
    )
    from runcomfy_client.models.blackforestlabs.flux_3.image_to_video import (
        Flux3ImageToVideo as Flux3ImageToVideo,
    )
    from runcomfy_client.models.blackforestlabs.flux_3.image_to_video.draft import (
        Flux3ImageToVideoDraft as Flux3ImageToVideoDraft,
    )
    from runcomfy_client.models.blackforestlabs.flux_3.text_to_video import (
        Flux3TextToVideo as Flux3TextToVideo,
    )
    from runcomfy_client.models.blackforestlabs.flux_3.text_to_video.draft import (
        Flux3TextToVideoDraft as Flux3TextToVideoDraft,
    )
    from runcomfy_client.models.bytedance.seedance_2_0_mini.image_to_video import (
        Seedance2_0MiniImageToVideo as Seedance2_0MiniImageToVideo,
    )
    from runcomfy_client.models.bytedance.seedance_2_0_mini.text_to_video import (
        Seedance2_0MiniTextToVideo as Seedance2_0MiniTextToVideo,
    )
    from runcomfy_client.models.bytedance.seedance_2_0_mini.video_to_video import (
        Seedance2_0MiniVideoToVideo as Seedance2_0MiniVideoToVideo,
    )
    from runcomfy_client.models.bytedance.seedance_2_0.fast import (
        Seedance2_0Fast as Seedance2_0Fast,
    )
    from runcomfy_client.models.bytedance.seedance_2_0.pro import (
        Seedance2_0Pro as Seedance2_0Pro,
    )
    from runcomfy_client.models.bytedance.seedance_2_5.first_last_frame._480p import (
        Seedance2_5FirstLastFrame480p as Seedance2_5FirstLastFrame480p,
    )
    from runcomfy_client.models.bytedance.seedance_2_5.first_last_frame._720p import (
        Seedance2_5FirstLastFrame720p as Seedance2_5FirstLastFrame720p,
    )
    from runcomfy_client.models.bytedance.seedance_2_5.image_to_video._1080p import (
        Seedance2_5ImageToVideo1080p as Seedance2_5ImageToVideo1080p,
    )
    from runcomfy_client.models.bytedance.seedance_2_5.image_to_video._480p import (
        Seedance2_5ImageToVideo480p as Seedance2_5ImageToVideo480p,
    )
    from runcomfy_client.models.bytedance.seedance_2_5.image_to_video._4k import (
        Seedance2_5ImageToVideo4k as Seedance2_5ImageToVideo4k,
    )
    from runcomfy_client.models.bytedance.seedance_2_5.image_to_video._720p import (
        Seedance2_5ImageToVideo720p as Seedance2_5ImageToVideo720p,
    )
    from runcomfy_client.models.bytedance.seedance_2_5.reference_to_video._1080p import (
        Seedance2_5ReferenceToVideo1080p as Seedance2_5ReferenceToVideo1080p,
    )
    from runcomfy_client.models.bytedance.seedance_2_5.reference_to_video._480p import (
        Seedance2_5ReferenceToVideo480p as Seedance2_5ReferenceToVideo480p,
    )
    from runcomfy_client.models.bytedance.seedance_2_5.reference_to_video._720p import (
        Seedance2_5ReferenceToVideo720p as Seedance2_5ReferenceToVideo720p,
    )
    from runcomfy_client.models.bytedance.seedance_2_5.text_to_video._1080p import (
        Seedance2_5TextToVideo1080p as Seedance2_5TextToVideo1080p,
    )
    from runcomfy_client.models.bytedance.seedance_2_5.text_to_video._480p import (
        Seedance2_5TextToVideo480p as Seedance2_5TextToVideo480p,
    )
    from runcomfy_client.models.bytedance.seedance_2_5.text_to_video._4k import (
        Seedance2_5TextToVideo4k as Seedance2_5TextToVideo4k,
    )
    from runcomfy_client.models.bytedance.seedance_2_5.text_to_video._720p import (
        Seedance2_5TextToVideo720p as Seedance2_5TextToVideo720p,
    )
    from runcomfy_client.models.bytedance.seedream_5_0_pro.text_to_image import (
        Seedream5_0ProTextToImage as Seedream5_0ProTextToImage,
    )
    from runcomfy_client.models.google.gemini_omni_flash.image_to_video import (
        GeminiOmniFlashImageToVideo as GeminiOmniFlashImageToVideo,
    )
    from runcomfy_client.models.google.gemini_omni_flash.reference_to_video import (
        GeminiOmniFlashReferenceToVideo as GeminiOmniFlashReferenceToVideo,
    )
    from runcomfy_client.models.google.gemini_omni_flash.text_to_video import (
        GeminiOmniFlashTextToVideo as GeminiOmniFlashTextToVideo,
    )
    from runcomfy_client.models.google.nano_banana_2_lite.edit import (
        NanoBanana2LiteEdit as NanoBanana2LiteEdit,
    )
    from runcomfy_client.models.google.nano_banana_2_lite.text_to_image import (
        NanoBanana2LiteTextToImage as NanoBanana2LiteTextToImage,
    )
    from runcomfy_client.models.happyhorse.happyhorse_1_0.image_to_video import (
        Happyhorse1_0ImageToVideo as Happyhorse1_0ImageToVideo,
    )
    from runcomfy_client.models.happyhorse.happyhorse_1_0.reference_to_video import (
        Happyhorse1_0ReferenceToVideo as Happyhorse1_0ReferenceToVideo,
    )
    from runcomfy_client.models.happyhorse.happyhorse_1_0.text_to_video import (
        Happyhorse1_0TextToVideo as Happyhorse1_0TextToVideo,
    )
    from runcomfy_client.models.kling.kling_3_0._4k.image_to_video import (
        Kling3_0_4kImageToVideo as Kling3_0_4kImageToVideo,
    )
    from runcomfy_client.models.kling.kling_3_0._4k.text_to_video import (
        Kling3_0_4kTextToVideo as Kling3_0_4kTextToVideo,
    )
    from runcomfy_client.models.kling.kling_3_0.pro.image_to_video import (
        Kling3_0ProImageToVideo as Kling3_0ProImageToVideo,
    )
    from runcomfy_client.models.kling.kling_3_0.standard.image_to_video import (
        Kling3_0StandardImageToVideo as Kling3_0StandardImageToVideo,
        Kling3_0StandardImageToVideoElementsItem as Kling3_0StandardImageToVideoElementsItem,
        Kling3_0StandardImageToVideoMultiPromptItem as Kling3_0StandardImageToVideoMultiPromptItem,
        Kling3_0StandardImageToVideoOutput as Kling3_0StandardImageToVideoOutput,
    )
    from runcomfy_client.models.kling.kling_3_0.standard.text_to_video import (
        Kling3_0StandardTextToVideo as Kling3_0StandardTextToVideo,
    )
    from runcomfy_client.models.kling.kling_video_o3._4k.image_to_video import (
        KlingVideoO3_4KImageToVideo as KlingVideoO3_4KImageToVideo,
    )
    from runcomfy_client.models.kling.kling_video_o3._4k.text_to_video import (
        KlingVideoO3_4KTextToVideo as KlingVideoO3_4KTextToVideo,
    )
    from runcomfy_client.models.kling.kling_video_o3.pro.image_to_video import (
        KlingVideoO3ProImageToVideo as KlingVideoO3ProImageToVideo,
    )
    from runcomfy_client.models.kling.kling_video_o3.pro.text_to_video import (
        KlingVideoO3ProTextToVideo as KlingVideoO3ProTextToVideo,
    )
    from runcomfy_client.models.kling.kling_video_o3.pro.video_to_video import (
        KlingVideoO3ProVideoToVideo as KlingVideoO3ProVideoToVideo,
    )
    from runcomfy_client.models.kling.kling_video_o3.standard.image_to_video import (
        KlingVideoO3StandardImageToVideo as KlingVideoO3StandardImageToVideo,
    )
    from runcomfy_client.models.kling.kling_video_o3.standard.reference_to_video import (
        KlingVideoO3StandardReferenceToVideo as KlingVideoO3StandardReferenceToVideo,
    )
    from runcomfy_client.models.kling.kling_video_o3.standard.text_to_video import (
        KlingVideoO3StandardTextToVideo as KlingVideoO3StandardTextToVideo,
    )
    from runcomfy_client.models.kling.kling_video_o3.standard.video_to_video import (
        KlingVideoO3StandardVideoToVideo as KlingVideoO3StandardVideoToVideo,
    )
    from runcomfy_client.models.lightricks.ltx_2_5.audio_to_video.fast import (
        Ltx2_5AudioToVideoFast as Ltx2_5AudioToVideoFast,
    )
    from runcomfy_client.models.lightricks.ltx_2_5.audio_to_video.pro import (
        Ltx2_5AudioToVideoPro as Ltx2_5AudioToVideoPro,
    )
    from runcomfy_client.models.lightricks.ltx_2_5.image_to_video.pro import (
        Ltx2_5ImageToVideoPro as Ltx2_5ImageToVideoPro,
    )
    from runcomfy_client.models.lightricks.ltx_2_5.text_to_video.fast import (
        Ltx2_5TextToVideoFast as Ltx2_5TextToVideoFast,
    )
    from runcomfy_client.models.lightricks.ltx_2_5.text_to_video.pro import (
        Ltx2_5TextToVideoPro as Ltx2_5TextToVideoPro,
    )
    from runcomfy_client.models.minimax.minimax_h3_max.image_to_video import (
        MinimaxH3MaxImageToVideo as MinimaxH3MaxImageToVideo,
    )
    from runcomfy_client.models.minimax.minimax_h3_max.reference_to_video import (
        MinimaxH3MaxReferenceToVideo as MinimaxH3MaxReferenceToVideo,
    )
    from runcomfy_client.models.minimax.minimax_h3_max.text_to_video import (
        MinimaxH3MaxTextToVideo as MinimaxH3MaxTextToVideo,
    )
    from runcomfy_client.models.minimax.minimax_h3_open.image_to_video import (
        MinimaxH3OpenImageToVideo as MinimaxH3OpenImageToVideo,
    )
    from runcomfy_client.models.minimax.minimax_h3_open.text_to_video import (
        MinimaxH3OpenTextToVideo as MinimaxH3OpenTextToVideo,
    )
    from runcomfy_client.models.minimax.minimax_h3.reference_to_video import (
        MinimaxH3ReferenceToVideo as MinimaxH3ReferenceToVideo,
    )
    from runcomfy_client.models.minimax.minimax_h3.text_to_video import (
        MinimaxH3TextToVideo as MinimaxH3TextToVideo,
    )
    from runcomfy_client.models.openai.gpt_image_2_5.flare.edit import (
        GptImage2_5FlareEdit as GptImage2_5FlareEdit,
    )
    from runcomfy_client.models.openai.gpt_image_2_5.flare.text_to_image import (
        GptImage2_5FlareTextToImage as GptImage2_5FlareTextToImage,
    )
    from runcomfy_client.models.openai.gpt_image_2_5.sunburst.edit import (
        GptImage2_5SunburstEdit as GptImage2_5SunburstEdit,
    )
    from runcomfy_client.models.openai.gpt_image_2_5.sunburst.text_to_image import (
        GptImage2_5SunburstTextToImage as GptImage2_5SunburstTextToImage,
    )
    from runcomfy_client.models.openai.gpt_image_2.text_to_image import (
        GptImage2TextToImage as GptImage2TextToImage,
    )
    from runcomfy_client.models.pixverse.pixverse_c1.image_to_video import (
        PixverseC1ImageToVideo as PixverseC1ImageToVideo,
    )
    from runcomfy_client.models.pixverse.pixverse_c1.reference_to_video import (
        PixverseC1ReferenceToVideo as PixverseC1ReferenceToVideo,
    )
    from runcomfy_client.models.pixverse.pixverse_c1.text_to_video import (
        PixverseC1TextToVideo as PixverseC1TextToVideo,
    )
    from runcomfy_client.models.pixverse.pixverse_v6.extend import (
        PixverseV6Extend as PixverseV6Extend,
    )
    from runcomfy_client.models.pixverse.pixverse_v6.image_to_video import (
        PixverseV6ImageToVideo as PixverseV6ImageToVideo,
    )
    from runcomfy_client.models.pixverse.pixverse_v6.reference_to_video import (
        PixverseV6ReferenceToVideo as PixverseV6ReferenceToVideo,
    )
    from runcomfy_client.models.pixverse.pixverse_v6.text_to_video import (
        PixverseV6TextToVideo as PixverseV6TextToVideo,
    )
    from runcomfy_client.models.pixverse.pixverse_v6.transition import (
        PixverseV6Transition as PixverseV6Transition,
    )
    from runcomfy_client.models.qwen.qwen_image_2_1.edit import (
        QwenImage2_1Edit as QwenImage2_1Edit,
    )
    from runcomfy_client.models.qwen.qwen_image_2_1.text_to_image import (
        QwenImage2_1TextToImage as QwenImage2_1TextToImage,
    )
    from runcomfy_client.models.qwen.qwen_image_3_0.pro.edit import (
        QwenImage3_0ProEdit as QwenImage3_0ProEdit,
    )
    from runcomfy_client.models.qwen.qwen_image_3_0.text_to_image import (
        QwenImage3_0TextToImage as QwenImage3_0TextToImage,
    )
    from runcomfy_client.models.wan_ai.wan_2_7.edit import (
        Wan2_7Edit as Wan2_7Edit,
    )
    from runcomfy_client.models.wan_ai.wan_2_7.image_to_video import (
        Wan2_7ImageToVideo as Wan2_7ImageToVideo,
    )
    from runcomfy_client.models.wan_ai.wan_2_7.pro.edit import (
        Wan2_7ProEdit as Wan2_7ProEdit,
    )
    from runcomfy_client.models.wan_ai.wan_2_7.pro.text_to_image import (
        Wan2_7ProTextToImage as Wan2_7ProTextToImage,
    )
    from runcomfy_client.models.wan_ai.wan_2_7.reference_to_video import (
        Wan2_7ReferenceToVideo as Wan2_7ReferenceToVideo,
    )
    from runcomfy_client.models.wan_ai.wan_2_7.text_to_image import (
        Wan2_7TextToImage as Wan2_7TextToImage,
    )
    from runcomfy_client.models.wan_ai.wan_2_7.text_to_video import (
        Wan2_7TextToVideo as Wan2_7TextToVideo,
    )
    from runcomfy_client.models.wan_ai.wan_3_0_prime.image_to_video import (
        Wan3_0PrimeImageToVideo as Wan3_0PrimeImageToVideo,
    )
    from runcomfy_client.models.wan_ai.wan_3_0_prime.text_to_video import (
        Wan3_0PrimeTextToVideo as Wan3_0PrimeTextToVideo,
    )
    from runcomfy_client.models.wan_ai.wan_3_0.image_to_video import (
        Wan3_0ImageToVideo as Wan3_0ImageToVideo,
    )
    from runcomfy_client.models.wan_ai.wan_3_0.reference_to_video import (
        Wan3_0ReferenceToVideo as Wan3_0ReferenceToVideo,
    )
else:
    __getattr__, __dir__ = loader(__name__, EXPORTS)

__all__ = [
    "AceStep1_5TextToAudio",
    "AceStepAudioInpaint",
    "AceStepTextToAudio",
    "Happyhorse1_1ImageToVideo",
    "Happyhorse1_1TextToVideo",
    "Flux2Klein4bTextToImage",
    "Flux2Klein9bTextToImage",
    "Flux3ExtendVideo",
    "Flux3ExtendVideoDraft",
    "Flux3FirstLastFrameToVideo",
    "Flux3Image",
    "Flux3ImageToVideo",
    "Flux3ImageToVideoDraft",
    "Flux3TextToVideo",
    "Flux3TextToVideoDraft",
    "Seedance2_0MiniImageToVideo",
    "Seedance2_0MiniTextToVideo",
    "Seedance2_0MiniVideoToVideo",
    "Seedance2_0Fast",
    "Seedance2_0Pro",
    "Seedance2_5FirstLastFrame480p",
    "Seedance2_5FirstLastFrame720p",
    "Seedance2_5ImageToVideo1080p",
    "Seedance2_5ImageToVideo480p",
    "Seedance2_5ImageToVideo4k",
    "Seedance2_5ImageToVideo720p",
    "Seedance2_5ReferenceToVideo1080p",
    "Seedance2_5ReferenceToVideo480p",
    "Seedance2_5ReferenceToVideo720p",
    "Seedance2_5TextToVideo1080p",
    "Seedance2_5TextToVideo480p",
    "Seedance2_5TextToVideo4k",
    "Seedance2_5TextToVideo720p",
    "Seedream5_0ProTextToImage",
    "GeminiOmniFlashImageToVideo",
    "GeminiOmniFlashReferenceToVideo",
    "GeminiOmniFlashTextToVideo",
    "NanoBanana2LiteEdit",
    "NanoBanana2LiteTextToImage",
    "Happyhorse1_0ImageToVideo",
    "Happyhorse1_0ReferenceToVideo",
    "Happyhorse1_0TextToVideo",
    "Kling3_0_4kImageToVideo",
    "Kling3_0_4kTextToVideo",
    "Kling3_0ProImageToVideo",
    "Kling3_0StandardImageToVideo",
    "Kling3_0StandardImageToVideoElementsItem",
    "Kling3_0StandardImageToVideoMultiPromptItem",
    "Kling3_0StandardImageToVideoOutput",
    "Kling3_0StandardTextToVideo",
    "KlingVideoO3_4KImageToVideo",
    "KlingVideoO3_4KTextToVideo",
    "KlingVideoO3ProImageToVideo",
    "KlingVideoO3ProTextToVideo",
    "KlingVideoO3ProVideoToVideo",
    "KlingVideoO3StandardImageToVideo",
    "KlingVideoO3StandardReferenceToVideo",
    "KlingVideoO3StandardTextToVideo",
    "KlingVideoO3StandardVideoToVideo",
    "Ltx2_5AudioToVideoFast",
    "Ltx2_5AudioToVideoPro",
    "Ltx2_5ImageToVideoPro",
    "Ltx2_5TextToVideoFast",
    "Ltx2_5TextToVideoPro",
    "MinimaxH3MaxImageToVideo",
    "MinimaxH3MaxReferenceToVideo",
    "MinimaxH3MaxTextToVideo",
    "MinimaxH3OpenImageToVideo",
    "MinimaxH3OpenTextToVideo",
    "MinimaxH3ReferenceToVideo",
    "MinimaxH3TextToVideo",
    "GptImage2_5FlareEdit",
    "GptImage2_5FlareTextToImage",
    "GptImage2_5SunburstEdit",
    "GptImage2_5SunburstTextToImage",
    "GptImage2TextToImage",
    "PixverseC1ImageToVideo",
    "PixverseC1ReferenceToVideo",
    "PixverseC1TextToVideo",
    "PixverseV6Extend",
    "PixverseV6ImageToVideo",
    "PixverseV6ReferenceToVideo",
    "PixverseV6TextToVideo",
    "PixverseV6Transition",
    "QwenImage2_1Edit",
    "QwenImage2_1TextToImage",
    "QwenImage3_0ProEdit",
    "QwenImage3_0TextToImage",
    "Wan2_7Edit",
    "Wan2_7ImageToVideo",
    "Wan2_7ProEdit",
    "Wan2_7ProTextToImage",
    "Wan2_7ReferenceToVideo",
    "Wan2_7TextToImage",
    "Wan2_7TextToVideo",
    "Wan3_0PrimeImageToVideo",
    "Wan3_0PrimeTextToVideo",
    "Wan3_0ImageToVideo",
    "Wan3_0ReferenceToVideo",
]
