"""Models below `wan_ai.wan_2_7.pro`."""
