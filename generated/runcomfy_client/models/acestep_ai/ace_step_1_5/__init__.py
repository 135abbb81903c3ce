"""Models below `acestep_ai.ace_step_1_5`."""
