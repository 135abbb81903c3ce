"""Models below `openai.gpt_image_2_5.flare`."""
