"""Frozen values that all phases share: models, names, places, diagnostics and their codes."""
