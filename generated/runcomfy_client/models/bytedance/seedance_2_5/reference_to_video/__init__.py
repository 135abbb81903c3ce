"""Models below `bytedance.seedance_2_5.reference_to_video`."""
