"""Models below `lightricks.ltx_2_5.image_to_video`."""
