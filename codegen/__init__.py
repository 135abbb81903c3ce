"""Turns RunComfy's documented model schemas into the typed client in `generated/`."""
