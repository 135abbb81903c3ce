"""Models below `bytedance.seedance_2_0_mini`."""
