# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hash of a packet: the function of Linux, over the bytes that RouterOS takes. That nft has the same buckets is tested with packets."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Address

import pytest

from tests.lab.network.firewall.hashing import jhash, remainder
from tests.lab.network.firewall.matchers import FIELDS

CLIENT, SERVER = IPv4Address("192.168.88.10"), IPv4Address("1.1.1.1")
PORTS = (40000, 443)
BYTES = {"a": CLIENT.packed, "b": SERVER.packed, "s": (40000).to_bytes(2, "big"), "d": (443).to_bytes(2, "big")}
SEED = 0x12345678


@pytest.mark.parametrize(
    ("fields", "without", "with_seed"),
    [
        ("a", 0x35067D85, 0x70FC9D76),
        ("ab", 0x53F62724, 0x9276EFF3),
        ("absd", 0xE9DD917B, 0x81F9B31B),
        ("as", 0x450C7412, 0xA153A2BD),
        ("", 0xDEADBEEF, 0xF0E21567),
    ],
)
def test_the_function_is_that_of_linux(fields: str, without: int, with_seed: int) -> None:
    """Values that agreed with the kernel's own."""
    data = b"".join(BYTES[field] for field in fields)
    assert (jhash(data, 0), jhash(data, SEED)) == (without, with_seed)


def test_no_key_is_longer_than_twelve_bytes() -> None:
    with pytest.raises(ValueError, match="13 bytes"):
        jhash(bytes(13), 0)


@pytest.mark.parametrize("classifier", FIELDS)
def test_buckets_are_even_and_stick_to_what_is_hashed(classifier: str) -> None:
    fields = FIELDS[classifier]
    taken: Counter[int] = Counter()
    for number in range(1200):
        ends = (IPv4Address(int(CLIENT) + number), IPv4Address(int(SERVER) + 7 * number))
        ports = (1024 + 13 * number, 1 + number)
        bucket = remainder(classifier, ends, ports, 3, SEED)
        other = (ends[0] if "a" in fields else SERVER, ends[1] if "b" in fields else CLIENT)
        others = (ports[0] if "s" in fields else 1, ports[1] if "d" in fields else 1)
        assert remainder(classifier, other, others, 3, SEED) == bucket
        taken[bucket] += 1
    assert all(330 < count < 470 for count in (taken[0], taken[1], taken[2]))


def test_without_ports_only_addresses_are_hashed() -> None:
    assert remainder("both-addresses-and-ports", (CLIENT, SERVER), None, 5, SEED) == remainder(
        "both-addresses", (CLIENT, SERVER), PORTS, 5, SEED
    )
    assert remainder("both-ports", (CLIENT, SERVER), None, 5, SEED) == 0
    assert remainder("both-addresses", (CLIENT, SERVER), PORTS, 1, SEED) == 0
