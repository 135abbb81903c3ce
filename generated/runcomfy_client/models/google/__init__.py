"""Models below `google`."""
