"""A server of the Model Context Protocol for agents: it finds models, quotes jobs, submits a quote at most once, and saves files.

It needs the extra `mcp`: `pip install "runcomfy-client[mcp]"`. People start it with `runcomfy-py mcp`; in Python:

    from runcomfy_client.mcp.server import AgentServer

A quote is a row in a ledger on the disk, and its id is the idempotency key that the API lacks: whoever submits it again, after
whatever happened, gets the same job. Nothing is submitted without a budget from whoever starts the server.
"""
