"""Models below `alibaba.happyhorse_1_1`."""
