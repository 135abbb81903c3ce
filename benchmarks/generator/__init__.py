"""What the generator costs, side by side with openapi-python-client on the same models."""
