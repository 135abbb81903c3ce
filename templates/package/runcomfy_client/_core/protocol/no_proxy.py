"""Interprets NO_PROXY as curl and Go do. httpx raises on values that they accept."""

from __future__ import annotations

from ipaddress import ip_address, ip_network


def bypasses_proxy(host: str, port: int | None, no_proxy: str) -> bool:
    """Return True if NO_PROXY contains a host.

    The entries are separated by commas: `*`, a host name, which includes its subdomains, an IP address, or a network such as
    10.0.0.0/8. Names and bracketed IPv6 addresses may have a port. Any other entry matches no host.
    """
    host = host.lower().strip("[]")
    try:
        address = ip_address(host)
    except ValueError:
        address = None
    for entry in no_proxy.lower().split(","):
        name = entry.strip().rpartition("://")[2]
        if name == "*":
            return True
        bare_name, _, entry_port = name.rpartition(":")
        if entry_port.isdigit() and (bare_name.endswith("]") or (bare_name and ":" not in bare_name)):
            if int(entry_port) != port:
                continue
            name = bare_name
        name = name.strip("[]")
        if address is not None:
            try:
                if address in ip_network(name, strict=False):
                    return True
            except ValueError:
                continue
        name = name.lstrip("*.")
        if name and (host == name or host.endswith(f".{name}")):
            return True
    return False
