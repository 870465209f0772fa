"""Which addresses a picture may be fetched from."""

import pytest

from encoders.addresses import is_refused
from encoders.fetching import shown

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.0.9",
    "172.16.5.5",
    "::1",
    "fc00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
]
NEVER = [
    "169.254.169.254",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "100.100.100.200",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "ff02::1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
]


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_public_addresses_are_open(address: str) -> None:
    assert not is_refused(address, allow_private=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_and_loopback_addresses_need_the_setting(address: str) -> None:
    assert is_refused(address, allow_private=False)
    assert not is_refused(address, allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_metadata_link_local_and_multicast_addresses_are_never_open(address: str) -> None:
    assert is_refused(address, allow_private=False)
    assert is_refused(address, allow_private=True)


def test_a_reference_is_shown_without_its_secrets() -> None:
    assert shown("https://user:secret@shop.example/a.jpg?token=abc#x") == "https://shop.example/a.jpg"
    assert shown("data:image/png;base64,AAAA") == "data:image/png;base64,…"
    assert len(shown("/pictures/" + "a" * 5000)) < 200
    assert "\x1b" not in shown("/pictures/\x1b[2J")
