"""Models below `blackforestlabs`."""
