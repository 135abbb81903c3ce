"""The calls and responses of the API as values: what is sent, and what a response means. No I/O."""
