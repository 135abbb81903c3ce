"""Normalise and check documents, and build the models that the emitter prints."""
