"""Models below `bytedance.seedance_2_5.text_to_video`."""
