# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Intents as users may write them, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st


def wans(low: int = 2, high: int = 8) -> st.SearchStrategy[list[dict[str, object]]]:
    """Lists of WANs: address and interface gateways, numbers or speeds, up to three tiers."""

    def build(drawn: tuple[bool, list[tuple[int, bool, int]]]) -> list[dict[str, object]]:
        speeds, lines = drawn
        return [
            {
                "name": f"isp{index}",
                "interface": f"ether{index}",
                "gateway": f"ether{index}" if own_gateway else f"203.0.113.{index}",
                "weight": f"{weight}M" if speeds else weight,
                "tier": tier,
            }
            for index, (weight, own_gateway, tier) in enumerate(lines, 1)
        ]

    line = st.tuples(st.integers(1, 1000), st.booleans(), st.sampled_from([1, 1, 1, 2, 3]))
    return st.tuples(st.booleans(), st.lists(line, min_size=low, max_size=high)).map(build)


classifiers = st.sampled_from(["both-addresses", "src-address", "both-addresses-and-ports"])
