"""A server of the Model Context Protocol for agents: it finds models, quotes jobs, submits a quote at most once, and saves files.

It needs the extra `mcp`: `pip install "runcomfy-client[mcp]"`. Start it with `runcomfy-py mcp`, or in Python:

    from runcomfy_client.mcp.server import AgentServer

A quote is a row in a ledger on the disk. Its id is the idempotency key that the API lacks: submitting it again, also after a crash
or a lost response, returns the same job. Nothing is submitted unless the user who starts the server grants a budget.
"""
