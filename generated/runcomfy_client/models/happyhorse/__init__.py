"""Models below `happyhorse`."""
