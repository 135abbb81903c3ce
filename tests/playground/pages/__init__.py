"""Tests in a browser, which is there as long as this package."""
