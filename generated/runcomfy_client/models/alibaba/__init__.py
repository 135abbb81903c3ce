"""Models below `alibaba`."""
