"""Models below `lightricks.ltx_2_5.text_to_video`."""
