"""Models below `blackforestlabs.flux_3`."""
