"""Models below `acme`."""
