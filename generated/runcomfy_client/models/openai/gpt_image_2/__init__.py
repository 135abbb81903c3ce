"""Models below `openai.gpt_image_2`."""
