# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The script of docs/questions.md: each answer is what the router does, and nothing of it stays there."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from tests.lab.router.device import Device
from tests.lab.router.dump import dump
from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.factory import set_device_mode
from tests.lab.router.language.program import read_program
from tests.lab.router.services import Fetch, Fetched, FetchFailed
from tests.lab.router.traits import Traits
from tests.lab.router.versions import Version
from tests.unit.lab.scripting import new_device

PAGE = Path(__file__).resolve().parents[2] / "docs" / "questions.md"
SOURCE = PAGE.with_suffix(".rsc").read_text()
GATEWAY = "type of the gateway of a route"

ANSWERS: dict[str, tuple[str, str, str]] = {
    "absent_property_is_nil": ("type of a property that a row does not show", "nil", "str"),
    "alert_shows_disabled": ("an enabled DHCP alert shows disabled", "yes", "no"),
    "caught_errors_say_where": ("error of a command", "no such item (/interface/enable; line N)", "no such item"),
    "default_start_never_runs": ("runs by the scheduler with the start left out", "no", "yes"),
    "disabled_route_is_short": ("a disabled route shows its distance", "no", "yes"),
    "gateway_is_array": (GATEWAY, "array", "str"),
    "gateway_is_ip": (GATEWAY, "ip", "str"),
    "globals_need_policy": ("globals of a scheduled script without the policy policy", "forgotten", "kept"),
    "headers_are_array": ("types of code and http-headers of a failed fetch", "num, array", "num, str"),
    "long_marks_are_refused": (
        "letters of a mark of 40 letters",
        "error: invalid value for argument new-connection-mark (/ip/firewall/mangle/set; line N)",
        "40",
    ),
    "netwatch_shows_defaults": ("netwatch shows interval unasked", "yes", "no"),
    "netwatch_shows_ttl": ("netwatch shows ttl unasked", "yes", "no"),
    "percent_has_sign": ("a limit of loss of 20 % reads", "20%", "20"),
    "rule_shows_chain": ("a routing rule shows chain unasked", "yes", "no"),
    "shows_current_defaults": (
        "built-in roots are for",
        "default, which is: fetch,mqtt,email,netwatch,container,lora,wiliot,dns,www,reverse-proxy",
        "default, which is: ",
    ),
    "startup_waits_for_boot": ("runs by the scheduler with the start startup", "no", "yes"),
    "toggling_drops_hotspot": ("hotspot of a row that was enabled", "nothing", "auth"),
    "unbound_gateway_is_refused": (
        "type of the gateway of a DHCP client without a lease",
        "error: no such item (/ip/dhcp-client/get; line N)",
        "nil",
    ),
}
"""The question that is answered by a trait, and both answers."""

NOT_ASKED = {
    **dict.fromkeys(("fasttrack_follows_rules", "min_prefix_needs_specifics", "bypassed_is_auth"), "it takes packets"),
    **dict.fromkeys(("masquerade_follows", "ping_waits_interval", "loss_count_is_exceeded"), "it takes packets"),
    "removal_stops": "it takes connections that end at the right moment",
    "same_timeout_begins_anew": "nothing of ours depends on it",
    **dict.fromkeys(("alert_sets_variables", "refused_scripts_are_logged"), "a foreign DHCP server or an outage starts such a script"),
    "wide_scripts_are_refused": "it takes a second user",
    "long_answers_are_refused": "it takes a server with an answer so long",
    "trust_takes_time": "it would change whom the router trusts",
}


def router(traits: Traits, version: str = "7.24.3") -> tuple[Device, ManualClock]:
    """A router that runs, and that a web server refuses."""

    def refuse(fetch: Fetch) -> Fetched:
        raise FetchFailed("Status 404, Not Found", Fetched("", [("Server", "lab"), ("Connection", "close")], 404))

    device, clock = new_device(version, traits)
    device.services.fetcher = refuse
    device.engines.start()
    return device, clock


def ask(device: Device, clock: ManualClock) -> dict[str, str]:
    """The answers by their questions, without the numbers of lines."""
    job = device.start_script(SOURCE)
    clock.advance(30)
    assert (job.running, job.error) == (False, None)
    return dict(re.sub(r"line \d+", "line N", line).split(": ", 1) for line in job.output)


@pytest.mark.parametrize("position", [True, False])
@pytest.mark.parametrize("trait", ANSWERS)
def test_each_answer_follows_the_router(trait: str, position: bool) -> None:
    device, clock = router(replace(Traits(), **{trait: position}))
    before = dump(device.router)
    question, yes, no = ANSWERS[trait]
    assert ask(device, clock)[question] == (yes if position else no)
    assert (dump(device.router), device.services.globals) == (before, {"admin": {}})


def test_each_trait_is_asked_for_or_there_is_a_reason() -> None:
    assert {trait.name for trait in fields(Traits)} == ANSWERS.keys() | NOT_ASKED.keys()


@pytest.mark.parametrize("version", ["7.15.3", "7.18.2", "7.21.4", "7.24.5"])
def test_every_release_answers(version: str) -> None:
    answers = ask(*router(Traits(), version))
    assert answers["runs by the scheduler with the start 1970-01-01 00:00:10"] == "yes"
    assert answers["a parsed script that is called with line=isp1 event=down"] == "isp1 is down"
    attributes = answers["types of code and http-headers of a failed fetch"]
    assert attributes.startswith("error: syntax error") is (Version.parse(version) < Version.parse("7.22"))
    assert [question for question, answer in answers.items() if "lab:" in answer] == [
        "find knows fasttrack, srcnat and dstnat of connections"
    ]


def test_a_home_router_has_no_scheduler() -> None:
    device, clock = router(Traits())
    set_device_mode(device.router, "home")
    before = dump(device.router)
    answers = ask(device, clock)
    assert answers["scheduler"].startswith("error: failure: not allowed by device-mode")
    assert "types of code and http-headers of a failed fetch" in answers
    assert dump(device.router) == before


def test_a_run_that_was_broken_off_is_cleaned_up_by_the_next() -> None:
    device, clock = router(Traits())
    before = dump(device.router)
    job = device.start_script(SOURCE)
    clock.advance(3)
    job.cancel()
    clock.advance(3)
    assert "multiwan-questions" in dump(device.router)
    ask(device, clock)
    assert dump(device.router) == before


def test_it_can_be_imported_and_pasted() -> None:
    assert not read_program(SOURCE, "import").faults
    assert SOURCE.isascii()


def test_the_page_says_what_is_added() -> None:
    text = PAGE.read_text()
    menus = {line.split()[0].rpartition("/")[0] for line in SOURCE.splitlines() if "/add " in line for line in [line[line.index("/") :]]}
    assert menus
    assert {menu for menu in menus if f"`{menu}`" not in text} == set()
