"""The outside world: performs effects with an HTTP client, a clock and a disk, once for sync and once for async."""
