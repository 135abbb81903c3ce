"""Paid jobs that are quoted and confirmed one by one, and submitted at most once. Each is a row of a ledger.

`runcomfy-py mcp` and `runcomfy-py playground` use this package.
"""
