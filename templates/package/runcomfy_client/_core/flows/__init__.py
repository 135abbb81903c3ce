"""The lifecycle of a job as generators of effects, without clock, network or event loop."""
