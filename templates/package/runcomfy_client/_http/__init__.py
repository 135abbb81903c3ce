"""HTTP: requests, transport, streamed bodies, redaction, instrumentation."""
