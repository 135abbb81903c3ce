"""What several workers on PostgreSQL cost, beside one process on SQLite."""
