"""Tests in a browser, which all tests of this package share."""
