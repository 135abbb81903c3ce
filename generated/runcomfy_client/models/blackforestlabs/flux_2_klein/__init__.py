"""Models below `blackforestlabs.flux_2_klein`."""
