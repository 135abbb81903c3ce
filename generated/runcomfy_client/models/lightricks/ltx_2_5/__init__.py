"""Models below `lightricks.ltx_2_5`."""
