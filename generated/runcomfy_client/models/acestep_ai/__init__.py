"""Models below `acestep_ai`."""
