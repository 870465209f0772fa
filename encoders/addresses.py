"""Which network addresses a picture may come from: public ones, and private ones only where that is allowed."""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str, int], list[str]]

# Metadata services of clouds hand out credentials: no setting opens the way to them.
_METADATA: Final = frozenset(map(ip_address, ("169.254.169.254", "fd00:ec2::254", "100.100.100.200")))
_CARRYING_V4: Final = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))


def resolve_by_system(host: str, port: int) -> list[str]:
    """Addresses of a host, best first. Raises OSError when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_refused(address: str, *, allow_private: bool) -> bool:
    """Whether a picture may not be fetched from this address. Raises ValueError when it is no address."""
    inner = _innermost(ip_address(address.partition("%")[0]))
    if inner in _METADATA or inner.is_link_local or inner.is_multicast or inner.is_unspecified:
        return True
    return not (inner.is_global or (allow_private and _is_inside(inner)))


def _is_inside(address: Address) -> bool:
    return address.is_private or address.is_loopback


def _innermost(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries (mapped, 6to4, NAT64), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _CARRYING_V4):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
