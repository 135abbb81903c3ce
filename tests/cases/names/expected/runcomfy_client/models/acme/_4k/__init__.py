"""Models below `acme._4k`."""
