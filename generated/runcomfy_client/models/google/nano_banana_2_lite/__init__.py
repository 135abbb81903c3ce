"""Models below `google.nano_banana_2_lite`."""
