"""What a job of a batch costs, beside the same calls without a ledger."""
