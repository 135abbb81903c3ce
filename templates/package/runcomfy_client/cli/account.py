"""The command `balance`, which prints the balance of the account."""

from __future__ import annotations

import click

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.cli.click_ext import ToolCommand
from runcomfy_client.cli.context import console_of, open_client
from runcomfy_client.cli.options import shared_options


@click.command(cls=ToolCommand, help="Print the balance of the account.")
@shared_options
@click.pass_context
def balance(context: click.Context) -> None:
    """Print the balance of the account."""
    console = console_of(context)
    with open_client(context) as client:
        account_balance = client.balance()
    if console.json:
        console.emit_json({"balance_usd": account_balance.usd, "currency": account_balance.currency})
    else:
        console.line(f"{account_balance.usd:.2f} {escape_control_chars(account_balance.currency)}")
