# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows of clients that dial in; the packets are in tests/integration."""

from __future__ import annotations

import pytest
from librouteros.api import Api

from tests.lab.router.lab import Lab
from tests.lab.router.ppp_server import NobodyAnswers, dial_in, hang_up

from .client import add, rows


def test_a_caller_brings_rows_and_takes_them_along(api: Api, lab: Lab) -> None:
    add(api, "/interface/list", name="LAN")
    add(api, "/ppp/profile", name="homes", local_address="10.20.0.1", remote_address="10.20.0.9", interface_list="LAN")
    add(api, "/ppp/secret", name="anna", profile="homes")
    with pytest.raises(NobodyAnswers, match="pppoe-server"):
        dial_in(lab.router, "anna")
    add(api, "/interface/pppoe-server/server", interface="ether3", disabled="no")
    before = lab.dump()
    session = dial_in(lab.router, "anna")
    assert (session.interface, session.local, session.remote) == ("<pppoe-anna>", "10.20.0.1", "10.20.0.9")
    (member,) = rows(api, "/interface/list/member")
    assert (member["list"], member["interface"], member["dynamic"]) == ("LAN", "<pppoe-anna>", True)
    assert [row["dst-address"] for row in rows(api, "/ip/route")] == ["10.20.0.9/32"]
    assert rows(api, "/ppp/active")[0]["service"] == "pppoe"
    with pytest.raises(NobodyAnswers, match="already"):
        dial_in(lab.router, "anna")
    assert lab.dump() == before
    hang_up(lab.router, session)
    assert not rows(api, "/interface/list/member") and not rows(api, "/ip/route") and not rows(api, "/ip/address")
