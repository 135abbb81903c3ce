"""Models below `lightricks.ltx_2_5.audio_to_video`."""
