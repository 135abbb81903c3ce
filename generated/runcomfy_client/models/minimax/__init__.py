"""Models below `minimax`."""
