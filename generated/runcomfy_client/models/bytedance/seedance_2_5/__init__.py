"""Models below `bytedance.seedance_2_5`."""
