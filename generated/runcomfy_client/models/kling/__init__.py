"""Models below `kling`."""
