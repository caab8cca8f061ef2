# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What lines carry, out of counters; that counters say so of real packets, is in tests/integration/test_status.py."""

from __future__ import annotations

from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.status.traffic import Traffic, shares, traffic
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.failover_netwatch.site import wans

WANS = read_wans(wans(2))


def interfaces(*counts: tuple[int, int]) -> list[dict[str, object]]:
    return [{"name": f"ether{number}", "rx-byte": down, "tx-byte": up} for number, (down, up) in enumerate(counts, 1)]


def test_bytes_between_two_looks() -> None:
    before, after = {"interface": interfaces((100, 10), (5, 5))}, {"interface": interfaces((300, 40), (5, 6))}
    assert traffic(after, WANS, before) == {"isp1": Traffic(200, 30), "isp2": Traffic(0, 1)}  # type: ignore[arg-type]
    assert traffic(after, WANS) == {"isp1": Traffic(300, 40), "isp2": Traffic(5, 6)}  # type: ignore[arg-type]


def test_counters_that_begin_anew_are_not_less_than_nothing() -> None:
    before, after = {"interface": interfaces((100, 10))}, {"interface": interfaces((3, 1))}
    assert traffic(after, WANS[:1], before) == {"isp1": Traffic()}  # type: ignore[arg-type]


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 10**15), min_size=1))
def test_shares_are_all_of_it(amounts: dict[str, int]) -> None:
    found = shares(amounts)
    if sum(amounts.values()):
        assert abs(sum(share or 0 for share in found.values()) - 100) <= 0.05 * len(amounts)
    else:
        assert set(found.values()) == {None}


def mangle(**packets: int) -> dict[str, object]:
    """Rows of ours with what they have met; isp1 is out, isp2 and isp3 have the slots."""
    marks = {"0": "isp2", "1": "isp3"}
    rows: list[dict[str, object]] = [{"comment": f"multiwan:pcc_balance:route:isp{number}", "packets": 0} for number in (1, 2, 3)]
    for text, count in packets.items():
        what = text.replace("_", ":")
        rows.append({"comment": f"multiwan:pcc_balance:{what}", "packets": count, "new-connection-mark": f"multiwan-{marks.get(what[-1])}"})
    return {"ip firewall mangle": rows}


def test_connections_of_an_outage_at_hours_with_other_weights_are_dealt_by_their_slots() -> None:
    """100 left the line, 60 of them at these hours; the usual slots of the others are known by their parts."""
    counts = {"instead_0": 100, "instead_tcp_1": 50, "schedule_instead_period1_0": 60, "instead_period1_0": 60, "instead_period1_tcp_1": 12}
    before = mangle(**dict.fromkeys(counts, 0), classify_isp1_rest=0, leave_isp1=0)
    after = mangle(**counts, classify_isp1_rest=100, leave_isp1=100)
    told = traffic(after, read_wans(wans(3)), before)  # type: ignore[arg-type]
    assert {name: one.connections for name, one in told.items()} == {"isp1": 0, "isp2": 20 + 48, "isp3": 20 + 12}
