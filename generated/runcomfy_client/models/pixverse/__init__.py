"""Models below `pixverse`."""
