"""Generates the typed client in `generated/` from RunComfy's documented model schemas."""
