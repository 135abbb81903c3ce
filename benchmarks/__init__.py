"""Ratios, measured side by side in one run: only they carry over from one machine to another."""
