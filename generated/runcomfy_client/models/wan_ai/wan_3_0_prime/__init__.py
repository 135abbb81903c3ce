"""Models below `wan_ai.wan_3_0_prime`."""
