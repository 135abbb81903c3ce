"""Models below `bytedance.seedance_2_5.first_last_frame`."""
