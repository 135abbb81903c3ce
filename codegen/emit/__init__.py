"""Generate the typed modules and the schema documents of the client."""
