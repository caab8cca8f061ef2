# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What several roles read is read once."""

from __future__ import annotations

from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram import preflight as alerts
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import preflight as failover
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import preflight as balance
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.reads import WHOLE, Read, together


def test_columns_add_up_and_whole_rows_have_them_all() -> None:
    assert together({"a": Read(("x", "y"))}, {"a": Read(("z", "y")), "b": Read(("x",))}) == {"a": Read(("x", "y", "z")), "b": Read(("x",))}
    assert together({"a": Read(("x",))}, {"a": WHOLE}) == together({"a": WHOLE}, {"a": Read(("x",))}) == {"a": WHOLE}


def test_a_path_may_be_missing_if_no_role_needs_it() -> None:
    assert together({"a": Read(optional=True)}, {"a": Read(optional=True)})["a"].optional
    assert not together({"a": Read(optional=True)}, {"a": WHOLE})["a"].optional


def test_what_is_hidden_is_read_if_one_role_asks_for_it() -> None:
    all_roles = together(balance.READS, failover.READS, alerts.READS)
    assert all_roles["tool netwatch"] == Read(hidden=True)
    assert [path for path, read in all_roles.items() if read.hidden] == ["tool netwatch"]
    assert all_roles["system script"].columns == ("name", "source", "comment", "policy", "dont-require-permissions")
