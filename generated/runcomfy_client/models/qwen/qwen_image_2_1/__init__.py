"""Models below `qwen.qwen_image_2_1`."""
