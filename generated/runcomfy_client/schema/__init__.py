"""The base classes of generated models, and the checks that annotations alone cannot express."""
