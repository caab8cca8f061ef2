# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control script follows leases whatever a script reads as a gateway, with a lease and without one."""

from __future__ import annotations

import pytest

from tests.lab.router.leases import Lease
from tests.lab.router.traits import Traits

from .test_leases import FIRST, LINES, NOWHERE, Leased


@pytest.mark.parametrize(
    "traits",
    [
        Traits(gateway_is_ip=True),
        Traits(gateway_is_array=True),
        Traits(gateway_is_ip=True, gateway_is_array=True),
        Traits(absent_property_is_nil=False),
        Traits(unbound_gateway_is_refused=True),
    ],
)
def test_a_lease_is_lost_found_and_moved(traits: Traits) -> None:
    site = Leased(LINES, profile="fast")
    site.lab.router.traits = traits
    with site:
        assert (site.gateways("isp1"), site.gateways("isp2")) == ({"198.51.100.1%ether1"}, {NOWHERE})
        site.take("ether1")
        site.clock.advance(11)
        assert site.gateways("isp1") == {NOWHERE}
        for lease in (FIRST, Lease("198.51.100.7/32", "10.0.0.1")):
            site.give("ether1", lease)
            site.clock.advance(11)
            assert site.gateways("isp1") == {f"{lease.gateway}%ether1"}
        site.clock.advance(60)
        before = site.lab.dump()
        site.clock.advance(60)
        assert site.lab.dump() == before
        assert not [message for message in site.log() if "failed" in message]
