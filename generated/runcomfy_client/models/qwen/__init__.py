"""Models below `qwen`."""
