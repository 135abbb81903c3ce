"""Models below `bytedance.seedream_5_0_pro`."""
