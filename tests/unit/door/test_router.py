# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A router as the door sees it."""

from __future__ import annotations

import re

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import events
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.problems import SCRIPTS, TOKENS, WRITING
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import RouterProblem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import ALERTS, BALANCE
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST, NETWATCH
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.reads import Read
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.steps import Forget, clear, write

from tests.lab.router.lab import Lab
from tests.unit.apply.router import door as connect

SOUND = "7.25.2"
LISTS = "interface list"
USERS = """
/user add name=looker group=read password=""
/user group add name=blind policy=write,api
/user add name=blind group=blind password=""
"""


@pytest.mark.parametrize("version", ["7.23.4", "7.23.5", "7.24.5", "7.25rc1", "7.25.2"])
def test_a_release_without_faults(version: str) -> None:
    with Lab(version) as lab, connect(lab) as router:
        assert list(router.refusals()) == []


HOLES = "it has holes that attackers have used"
SCHEDULER = "it may leave out entries of its scheduler"


@pytest.mark.parametrize(
    ("version", "faults"),
    [
        *((version, HOLES) for version in ("7.15", "7.15.3", "7.16rc2", "7.23.3")),
        *((version, SCHEDULER) for version in ("7.24.2", "7.24.4")),
        ("7.24.1", "it has holes that attackers have used and may leave out entries of its scheduler"),
    ],
)
def test_a_release_with_faults(version: str, faults: str) -> None:
    with Lab(version) as lab, connect(lab) as router:
        (told,) = router.refusals()
    assert not told.refuses
    assert told.text == f"RouterOS {version}: {faults}; upgrade it to 7.25.2 (stable) or 7.23.5 (long-term)"


def test_a_release_whose_scripts_find_nothing() -> None:
    with Lab("7.24") as lab, connect(lab) as router:
        (refusal,) = router.refusals()
    assert refusal.refuses
    assert refusal.text == (
        "RouterOS 7.24: its scripts cannot find rows (mended in 7.24.1), so nothing on the router would watch the lines; "
        "upgrade it to 7.25.2 (stable) or 7.23.5 (long-term) first"
    )


def test_a_router_that_is_too_old() -> None:
    with Lab("6.49.10") as lab, connect(lab) as router:
        (refusal,) = router.refusals()
    assert refusal.refuses
    assert refusal.text == (
        "RouterOS 6.49.10: too old, multiwan.routeros needs 7.15 or newer; upgrade the router (/system package update) first"
    )


def test_a_user_who_may_not_write() -> None:
    with Lab(SOUND) as lab:
        lab.load(USERS, on_error="stop")
        with connect(lab, username="looker") as router:
            (refusal,) = router.refusals()
        assert refusal.command == "/user group add name=multiwan policy=api,read,write\n/user set looker group=multiwan"


def test_what_scripts_need_is_refused_where_there_are_scripts() -> None:
    with Lab(SOUND) as lab:
        lab.load('/user group add name=multiwan policy=api,read,write\n/user add name=few group=multiwan password=""', on_error="stop")
        with connect(lab, username="few") as router:
            assert list(router.refusals()) == []
            (told,) = router.refusals((*WRITING, *SCRIPTS, *TOKENS))
        assert told.refuses
        assert told.text == (
            "multiwan_api_username: 'few' is in the group 'multiwan', which lacks the policy test and sensitive; "
            "write /user group set multiwan policy=read,write,api,test,sensitive"
        )


def test_a_user_who_may_not_read_cannot_even_ask_for_the_version() -> None:
    with Lab(SOUND) as lab:
        lab.load(USERS, on_error="stop")
        with connect(lab, username="blind") as router, pytest.raises(RouterProblem, match="the user may not do this"):
            list(router.refusals())


def test_rows_are_read_as_a_role_wants_them() -> None:
    with Lab() as lab:
        lab.load('/tool netwatch add host=192.0.2.1 comment="mine"', on_error="stop")
        with connect(lab) as router:
            found = router.found({NETWATCH: Read(("host",)), "user": Read()})
            assert found[NETWATCH] == [{"host": "192.0.2.1"}]
            assert found["user"][0]["group"] == "full"
            (hidden,) = router.found({NETWATCH: Read(None, True)})[NETWATCH]
            assert hidden["comment"] == "mine"
            assert None in hidden.values()


def test_a_path_that_a_board_does_not_have_is_empty_if_that_may_be() -> None:
    with Lab() as lab, connect(lab) as router:
        assert router.found({"interface ethernet switch": Read(optional=True), LISTS: Read(optional=True)})[LISTS]
        assert router.found({"interface ethernet switch": Read(optional=True)}) == {"interface ethernet switch": []}
        with pytest.raises(RouterProblem, match="no such command prefix"):
            router.found({"interface ethernet switch": Read()})
    with Lab(SOUND) as lab:
        lab.load(USERS, on_error="stop")
        with connect(lab, username="blind") as router, pytest.raises(RouterProblem, match="the user may not do this"):
            router.found({LISTS: Read(optional=True)})


def test_a_step_is_written_previewed_and_taken_back() -> None:
    step = write(BALANCE, LISTS, [{"name": "users", "comment": "multiwan:pcc_balance:lan"}])
    with Lab() as lab, connect(lab) as router:
        before = lab.dump()
        changes = Changes()
        router.write(step, changes, check=True)
        assert changes.changed and lab.dump() == before
        router.write(step, Changes(), check=False)
        assert "multiwan:pcc_balance:lan" in lab.dump()
        again = Changes()
        router.write(step, again, check=False)
        assert not again.changed
        router.write(clear(BALANCE, LISTS), Changes(), check=False)
        assert lab.dump() == before


def test_a_step_that_is_refused_is_named_and_a_secret_is_not_told() -> None:
    token = "123456:no-bot-has-this-token-of-thirty-five"
    rows = [{"name": "a", "no-such-field": token, "password": token, "comment": "multiwan:dhcp_alert_telegram:token"}]
    with Lab() as lab, connect(lab, timeout=1) as router, pytest.raises(RouterProblem) as refused:
        router.write(write(ALERTS, "ppp secret", rows), Changes(), check=False)
    assert refused.value.finding.place == "Write /ppp/secret"
    assert token not in str(refused.value)


def test_an_event_is_written_once_until_it_is_read() -> None:
    with Lab() as lab, connect(lab) as router:
        assert not router.tell(events.TEST)
        assert not [row for row in router.rows(ADDRESS_LIST) if row["list"] == "multiwan-events"]
        assert not lab.load("/system script add name=multiwan-telegram").skipped
        for _ in range(2):
            assert router.tell(events.TEST)
        (row,) = [row for row in router.rows(ADDRESS_LIST) if row["list"] == "multiwan-events"]
        assert re.fullmatch(r"test \d+ 0", row["comment"]) and row["disabled"]


def test_what_ends_by_itself_is_forgotten_but_not_in_a_preview() -> None:
    with Lab() as lab, connect(lab) as router:
        assert not lab.load("/ip firewall address-list add list=multiwan-state:a address=1.1.1.1 timeout=1h").skipped
        for check in (True, False):
            router.write(Forget("Clear", ADDRESS_LIST, "list", "multiwan-state:"), Changes(), check=check)
            assert len(router.rows(ADDRESS_LIST)) == check
