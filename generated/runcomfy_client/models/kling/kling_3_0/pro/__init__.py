"""Models below `kling.kling_3_0.pro`."""
