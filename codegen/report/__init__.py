"""Tell people and machines what a command did: diagnostics, differences, progress, limits."""
