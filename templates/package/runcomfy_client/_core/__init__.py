"""Pure code: what is sent, what a response means, what to do next."""
