"""Models below `pixverse.pixverse_c1`."""
