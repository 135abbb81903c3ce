"""Models below `wan_ai`."""
