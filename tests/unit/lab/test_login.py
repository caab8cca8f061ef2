# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logging in, being refused, and leaving."""

from __future__ import annotations

import pytest
from librouteros.api import Api
from librouteros.exceptions import FatalError, TrapError

from tests.lab.router.lab import Lab

from .client import Wire, add, connect, raw, refusal, rows
from .conftest import StartLab
from .scripting import puts


@pytest.mark.parametrize("tls", [False, True])
def test_log_in(start_lab: StartLab, tls: bool) -> None:
    api = connect(start_lab(tls=tls))
    assert rows(api, "/system/identity") == [{"name": "MikroTik"}]


def test_own_user_and_password(start_lab: StartLab) -> None:
    lab = start_lab(user="ansible", password="wort=1")
    assert rows(connect(lab, "ansible", "wort=1"), "/user")[0]["name"] == "ansible"


@pytest.mark.parametrize(("name", "password"), [("admin", "wrong"), ("nobody", "")])
def test_wrong_login(lab: Lab, name: str, password: str) -> None:
    with pytest.raises(TrapError, match=r"invalid user name or password \(6\)"):
        connect(lab, name, password)


def test_a_wrong_login_ends_in_done_and_may_be_tried_again(lab: Lab) -> None:
    with Wire(lab) as wire:
        replies = wire.ask("/login", "=name=admin", "=password=x")
        assert replies == [["!trap", "=message=invalid user name or password (6)"], ["!done"]]
        wire.log_in()


def test_nothing_works_before_login(lab: Lab) -> None:
    with Wire(lab) as wire:
        assert wire.ask("/system/resource/print") == [["!fatal", "not logged in"]]
        assert wire.receive() == []


def test_quit(api: Api) -> None:
    with pytest.raises(FatalError, match="session terminated on request"):
        raw(api, "/quit")


def test_garbage_is_fatal(lab: Lab) -> None:
    with Wire(lab) as wire:
        wire.send_bytes(b"\xff\xff\xff\xff\xff")
        assert wire.receive()[0] == "!fatal"
        assert wire.receive() == []


def test_readers_cannot_write(lab: Lab, api: Api) -> None:
    add(api, "/user", name="looker", group="read", password="")
    reader = connect(lab, "looker")
    assert rows(reader, "/ip/service")
    assert refusal(reader, "/interface/list/add", "=name=WAN") == "not enough permissions (9)"


def test_writers_cannot_make_users(lab: Lab, api: Api) -> None:
    add(api, "/user", name="writer", group="write", password="")
    writer = connect(lab, "writer")
    add(writer, "/interface/list", name="WAN")
    assert refusal(writer, "/user/set", "=.id=*1", "=comment=x") == "not enough permissions (9)"


@pytest.mark.parametrize("user", [{"disabled": "yes", "group": "full"}, {"group": "mute"}])
def test_users_who_may_not_come_in(lab: Lab, api: Api, user: dict[str, str]) -> None:
    add(api, "/user/group", name="mute", policy="read,write")
    add(api, "/user", name="other", password="", **user)
    with pytest.raises(TrapError):
        connect(lab, "other")


def test_groups_read_all_policies(api: Api) -> None:
    add(api, "/user/group", name="hook", policy="read,write,test")
    policy = rows(api, "/user/group")[-1]["policy"].split(",")
    assert [word for word in policy if not word.startswith("!")] == ["read", "write", "test"]
    assert len(policy) == 17


def test_passwords_cannot_be_read(api: Api) -> None:
    assert "password" not in rows(api, "/user")[0]


def test_a_group_with_users_stays(api: Api) -> None:
    assert refusal(api, "/user/group/remove", "=numbers=full") == "failure: group has some users"


def test_several_routers_know_nothing_of_each_other(start_lab: StartLab) -> None:
    lab = start_lab(routers=2)
    first, second = connect(lab), connect(lab, router=1)
    add(first, "/interface/list", name="WAN")
    assert [row["name"] for row in rows(second, "/interface/list")] == ["all", "none", "dynamic", "static"]


@pytest.mark.parametrize(("tls", "via"), [(False, "api"), (True, "api-ssl")])
def test_who_is_logged_in(start_lab: StartLab, tls: bool, via: str) -> None:
    lab = start_lab(tls=tls)
    api = connect(lab)
    add(api, "/user", name="looker", group="read", password="")
    other = connect(lab, "looker", "")
    found = rows(other, "/user/active")
    assert [(row[".id"], row["name"], row["address"], row["via"], row["group"]) for row in found] == [
        ("*1", "admin", "127.0.0.1", via, "full"),
        ("*2", "looker", "127.0.0.1", via, "read"),
    ]
    assert puts(lab.router, f':put [/user/active/find where name="looker" via="{via}"]') == ["*2"]
    assert [row["name"] for row in raw(api, "/user/active/print", f"?via={via}", "?name=admin")] == ["admin"]
    raw(other, "/login", "=name=admin", "=password=")
    assert [(row[".id"], row["name"]) for row in rows(api, "/user/active")] == [("*1", "admin"), ("*3", "admin")]


def test_who_leaves_is_not_logged_in_any_more(lab: Lab, api: Api) -> None:
    with Wire(lab) as wire:
        wire.log_in()
        assert len(rows(api, "/user/active")) == 2
        wire.ask("/quit")
        assert wire.receive() == []
    assert [row["name"] for row in rows(api, "/user/active")] == ["admin"]


def test_who_is_refused_is_not_logged_in(lab: Lab, api: Api) -> None:
    with pytest.raises(TrapError):
        connect(lab, "admin", "wrong")
    assert [row["name"] for row in rows(api, "/user/active")] == ["admin"]
