"""Paid jobs that a person or an agent asks for one by one: quoted, confirmed, and submitted exactly once, by a row of a ledger.

`runcomfy-py mcp` and `runcomfy-py playground` are built on it.
"""
