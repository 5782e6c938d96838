"""To which addresses a connector may speak, judged before a packet leaves."""

import re
import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from devlink.connectors.base import ConnectorError

Resolve = Callable[[str, int, float], Sequence[str]]
"""Finds the addresses of a host and port within so many seconds; none when there are none."""

_NUMERIC = re.compile(r"(?:.*\.)?(?:\d+|0[xX][0-9a-fA-F]*)")
_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")
_SHARED = ip_network("100.64.0.0/10")
_TRANSLATED = IPv6Network("64:ff9b::/96")
_TUNNELS = [
    IPv6Network(net) for net in ("::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10")
]
_LOWEST_FREE_PORT = 1024
_WEB_PORTS = {80, 443}
# Stores and queues: nothing that speaks HTTP for people listens there.
_NOT_WEB = {1433, 1521, 2049, 3306, 5432, 5672, 6379, 9200, 9300, 11211, 27017}


def system_addresses(host: str, port: int, seconds: float) -> Sequence[str]:
    """What the system's resolver finds, which is not waited for any longer than that."""
    found: list[str] = []

    def look() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(str(answer[4][0]) for answer in answers)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(max(seconds, 0))
    return list(dict.fromkeys(found))


def judged(
    host: str,
    port: int,
    *,
    allow_private: bool,
    must_be_private: bool,
    resolve: Resolve,
    seconds: float,
) -> Sequence[str]:
    """The addresses of the host, every one of which may be spoken to; ConnectorError otherwise.

    Connect to these and not to the name, which may lead elsewhere a moment later.
    """
    if port not in _WEB_PORTS and (port < _LOWEST_FREE_PORT or port in _NOT_WEB):
        raise _refused(host)
    literal = _literal(host)
    found = [literal] if literal else resolve(host, port, seconds)
    if not found:
        raise ConnectorError(f"The name {host} could not be found.", permanent=False)
    for address in found:
        if not _may_be_reached(address, allow_private=allow_private):
            raise _refused(host)
        if must_be_private and not _is_private(_meant(address)):
            raise ConnectorError(
                f"{host} must be reached by https, or the token could be read on the way.",
                permanent=True,
            )
    return found


def _refused(host: str) -> ConnectorError:
    return ConnectorError(
        f"{host} is not an address on the public network under which a tracker may be reached.",
        permanent=True,
    )


def _literal(host: str) -> str:
    """The host when it is an address in its one proper writing; empty for a name."""
    try:
        return str(ip_address(host)) if "%" not in host else _no_address(host)
    except ValueError:
        if _NUMERIC.fullmatch(host.rstrip(".")) or not _NAME.fullmatch(host):
            raise _refused(host) from None
        return ""


def _no_address(host: str) -> str:
    raise _refused(host)


def _meant(address: str) -> IPv4Address | IPv6Address:
    """The address that is reached in the end, also through a translator of networks."""
    found = ip_address(address)
    if isinstance(found, IPv6Address) and found in _TRANSLATED:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return found


def _is_private(address: IPv4Address | IPv6Address) -> bool:
    return address.is_private or (isinstance(address, IPv4Address) and address in _SHARED)


def _may_be_reached(text: str, *, allow_private: bool) -> bool:
    try:
        address = _meant(text)
    except ValueError:
        return False
    if _is_tunnel(address):
        return False
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    if _is_private(address):
        # The house reaches itself without a translator.
        return (
            allow_private
            and address == ip_address(text)
            and not (address.is_reserved and not address.is_loopback)
        )
    return address.is_global and not address.is_reserved


def _is_tunnel(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address of the old network hides in this one."""
    if not isinstance(address, IPv6Address) or address.is_loopback:
        return False
    return address.ipv4_mapped is not None or any(address in network for network in _TUNNELS)
