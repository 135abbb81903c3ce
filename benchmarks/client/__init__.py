"""What the client costs, as multiples of hand-written httpx, and of what its peers cost."""
