"""Models below `happyhorse.happyhorse_1_0`."""
