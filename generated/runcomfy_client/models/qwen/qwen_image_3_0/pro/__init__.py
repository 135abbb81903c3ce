"""Models below `qwen.qwen_image_3_0.pro`."""
