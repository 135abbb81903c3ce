"""Models below `bytedance.seedance_2_5.image_to_video`."""
