"""Read schema files, pasted pages and catalogs into documents, with a place for every value."""
