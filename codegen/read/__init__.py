"""Reads schema files, documentation pages and catalogs into documents, with the place of each value."""
