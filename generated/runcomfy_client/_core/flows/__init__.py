"""The life of a job as generators of effects: no clock, no network, no event loop."""
