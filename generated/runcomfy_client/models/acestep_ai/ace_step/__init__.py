"""Models below `acestep_ai.ace_step`."""
