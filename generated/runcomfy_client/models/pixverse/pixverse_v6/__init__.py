"""Models below `pixverse.pixverse_v6`."""
