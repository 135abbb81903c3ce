"""Models below `openai`."""
