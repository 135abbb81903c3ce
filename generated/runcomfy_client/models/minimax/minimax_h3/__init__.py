"""Models below `minimax.minimax_h3`."""
