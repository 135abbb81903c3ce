"""Models below `bytedance`."""
