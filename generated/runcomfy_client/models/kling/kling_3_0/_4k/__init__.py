"""Models below `kling.kling_3_0._4k`."""
