# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a router is reached is read before anything connects: one sentence, with the name by which the user has given it."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.reach import VARIABLES, wrong

GIVEN = {"hostname": "192.0.2.1", "username": "multiwan", "password": "hidden away", "tls": True, "timeout": 10}
WRONG = {
    "port": [
        (-1, "HERE: -1 is out of range; write a whole number from 1 to 65535"),
        (70000, "HERE: 70000 is out of range; write a whole number from 1 to 65535"),
        ("api", "HERE: 'api' is not a whole number; write a whole number from 1 to 65535"),
        ("٨٧٢٨", "HERE: '٨٧٢٨' is not a whole number; write a whole number from 1 to 65535"),
    ],
    "timeout": [
        (0, "HERE: 0 is out of range; write a whole number from 1 to 600"),
        (-5, "HERE: -5 is out of range; write a whole number from 1 to 600"),
        (10**12, "HERE: 1000000000000 is out of range; write a whole number from 1 to 600"),
        (True, "HERE: True is not a whole number; write a whole number from 1 to 600"),
    ],
    "tls": [("maybe", "HERE: 'maybe' is neither true nor false; write true or false")],
    "validate_certs": [([], "HERE: '[]' is neither true nor false; write true or false")],
    "hostname": [
        (None, "HERE: missing; write it, with our playbooks as ansible_host"),
        ("", "HERE: it is empty; write one, or leave it out"),
        (["a"], "HERE: write a text, not ['a']"),
        ("a\0b", "HERE: it has a control character; write letters only"),
        ("a" * 300, "HERE: 300 bytes are too long; write at most 255"),
    ],
    "username": [(True, "HERE: write a text, not True"), (" ", "HERE: it is blank; write what is to be said")],
    "password": [
        (None, "HERE: missing; write it, with our playbooks as multiwan_api_password"),
        (["hidden away"], "HERE: it is no text; write the password in quotes"),
        (True, "HERE: it is no text; write the password in quotes"),
    ],
    "ca_path": [
        (["/tmp"], "HERE: write the name of a file, not ['/tmp']"),
        ("a\nb", "HERE: it has a control character; write letters only"),
    ],
}


@pytest.mark.parametrize(("name", "value", "told"), [(name, *case) for name, cases in WRONG.items() for case in cases])
def test_it_is_refused(name: str, value: object, told: str) -> None:
    given = {**GIVEN, name: value}
    assert [finding.text for finding in wrong(given, {VARIABLES[name]: value})] == [told.replace("HERE", VARIABLES[name])]
    place = f"module_defaults of the group community.routeros.api, {name}"
    assert [finding.text for finding in wrong(given, {})] == [told.replace("HERE", place)]


@pytest.mark.parametrize("more", [{}, {"port": "8729"}, {"username": 7, "password": 12345}, {"ca_path": ""}, {"password": ""}])
def test_what_works(more: dict[str, object]) -> None:
    assert wrong({**GIVEN, **more}, {}) == []


def test_all_is_told_at_once() -> None:
    places = [finding.place for finding in wrong({"port": 0, "timeout": 0}, dict.fromkeys(VARIABLES.values()))]
    assert places == ["ansible_host", *(f"multiwan_api_{name}" for name in ("username", "password", "port", "timeout"))]
