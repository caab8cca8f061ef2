# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Configuration scripts: how they are read, and how a line that is refused is told."""

from __future__ import annotations

import pytest

from tests.lab.router.dump import dump
from tests.lab.router.factory import Hardware, new_router, ports
from tests.lab.router.load import LoadReport, load
from tests.lab.router.paths import path
from tests.lab.router.reading import Shown, read_rows
from tests.lab.router.store import Router


@pytest.fixture
def router() -> Router:
    """A router with three ports, without a server."""
    return new_router(Hardware(ports(3)))


def lists(router: Router) -> list[str]:
    """The names of interface lists that were added."""
    return [row["name"] for row in read_rows(router, path("interface list")) if row["builtin"] == "false"]


def only(router: Router, menu: str) -> Shown:
    """The one row of a menu."""
    (row,) = read_rows(router, path(menu))
    return row


def reasons(report: LoadReport) -> list[tuple[int, str]]:
    """Where lines were skipped, and why."""
    return [(item.line, item.reason) for item in report.skipped]


@pytest.mark.parametrize(
    "source",
    [
        "/interface list\nadd name=A\nadd name=B\n",
        "/interface/list\nadd name=A; add name=B",
        "/interface list add name=A\n/interface list add name=B",
        "/interface/list/add name=A\n/interface/list add name=B",
        "/interface list { add name=A; add name=B }",
        "/interface list {\n  add name=A\n  # between\n  add name=B\n}\n",
        "/interface\nlist\nadd name=A\n..\nlist add name=B",
        "# a comment\r\n/interface list\r\nadd name=A\r\n\r\nadd \\\r\n    name=B\r\n",
        "/int list\nadd na=A\nadd name=\\\n    B",
        '/interface list\nadd name="A"\nadd name= B',
        "{ /interface list\nadd name=A\nadd name=B }",
    ],
)
def test_ways_to_say_the_same(router: Router, source: str) -> None:
    report = load(router, source)
    assert report.skipped == []
    assert lists(router) == ["A", "B"]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('"a b"', "a b"),
        (r'"q\"b\\s"', 'q"b\\s'),
        (r'"\n\r\t\$\_\?"', "\n\r\t$ ?"),
        (r'"\D0\9F\D1\80"', "Пр"),
        ('"\\D0\\\n    \\9F!"', "П!"),
        ('"one \\\n    two"', "one two"),
        ('"\\E2\\80\\94 Привет"', "— Привет"),
        (r'"\41\42"', "AB"),
        ("plain-word", "plain-word"),
        ("{}", "{}"),
        ('""', None),
    ],
)
def test_texts(router: Router, written: str, text: str | None) -> None:
    report = load(router, f"/ip firewall mangle add chain=x comment={written}\n")
    assert report.skipped == []
    assert only(router, "ip firewall mangle").get("comment") == text


def test_bytes_that_are_no_utf8_stay(router: Router) -> None:
    load(router, r'/ip firewall mangle add chain=x comment="\FF\D0"')
    assert only(router, "ip firewall mangle")["comment"] == "\udcff\udcd0"


@pytest.mark.parametrize(
    ("find", "chosen"),
    [
        ("find", ["ether1", "ether2", "ether3"]),
        ("find default-name=ether2", ["ether2"]),
        ("find where default-name=ether2", ["ether2"]),
        (r'find where name~"[13]\$"', ["ether1", "ether3"]),
        ("find where name!=ether2", ["ether1", "ether3"]),
        ("find where disabled=no name=ether3", ["ether3"]),
        ("find where disabled=yes", []),
        ("find where !disabled and name=ether1", ["ether1"]),
        ("find where running", ["ether1", "ether2", "ether3"]),
        ("find nope=1", []),
    ],
)
def test_find(router: Router, find: str, chosen: list[str]) -> None:
    report = load(router, f"/interface ethernet\nset [ {find} ] comment=here\n")
    assert report.skipped == []
    ethernet = read_rows(router, path("interface ethernet"))
    assert [row["name"] for row in ethernet if row.get("comment") == "here"] == chosen


@pytest.mark.parametrize(("address", "count"), [("10.0.0.1", 1), ('"10.0.0.1"', 0)])
def test_unquoted_addresses_find_nothing(router: Router, address: str, count: int) -> None:
    load(router, "/ip firewall address-list add list=a address=10.0.0.1")
    load(router, f"/ip firewall address-list remove [find where address={address}]")
    assert len(read_rows(router, path("ip firewall address-list"))) == count


def test_rows_by_place_and_name(router: Router) -> None:
    report = load(router, "/port\nset 0 name=usb1\n/ip service\nset telnet disabled=yes\n/interface\nset lo comment=me\n")
    assert report.skipped == []
    assert only(router, "port")["name"] == "usb1"
    assert read_rows(router, path("ip service"))[0]["disabled"] == "true"


def test_flags_and_unset_words(router: Router) -> None:
    source = "/routing table add disabled=no fib name=t\n/interface 6to4 add !keepalive name=six\n/routing table set t !fib"
    assert load(router, source).skipped == []
    assert "fib" not in read_rows(router, path("routing table"))[1]


def test_rows_are_moved_and_removed(router: Router) -> None:
    source = (
        "/ip firewall mangle\n"
        "add chain=x comment=a\nadd chain=x comment=b\nadd chain=x comment=c\n"
        "move [find comment=c] 0\nremove [find comment=a]\nunset [find comment=b] comment\ncomment 0 third\n"
    )
    report = load(router, source)
    assert reasons(report) == [(7, "input does not match any value of value-name")]
    assert [row["comment"] for row in read_rows(router, path("ip firewall mangle"))] == ["third", "b"]


def test_refused_lines_are_told_and_the_rest_goes_on(router: Router) -> None:
    source = (
        "/ip route\n"
        "add gateway=10.0.0.1 routing-mark=to_isp1\n"
        "add gateway=10.0.0.2\n"
        "add gateway=\\\n    nowhere\n"
        "/ip firewall mangle\n"
        "add action=mark-routing chain=x new-routing-mark=\\\n    to_isp1\n"
        "add chain=x teleport=yes\n"
        "/routing nowhere\n"
        "add a=b\n"
        "/interface list add name=A\n"
    )
    report = load(router, source, "old.rsc")
    assert reasons(report) == [
        (2, "unknown parameter routing-mark"),
        (4, "invalid or unexpected argument base"),
        (7, "input does not match any value of new-routing-mark"),
        (9, "unknown parameter teleport"),
        (10, "no such command prefix"),
        (11, "no such command prefix"),
    ]
    assert report.applied == 2
    assert lists(router) == ["A"]
    assert str(report.skipped[1]) == "old.rsc:4: skipped: invalid or unexpected argument base: add gateway= nowhere"


def test_stop_at_the_first_refused_line(router: Router) -> None:
    source = "/interface list\nadd name=A\nadd nom=B\nadd name=C\n"
    report = load(router, source, on_error="stop")
    assert (report.applied, reasons(report)) == (1, [(3, "unknown parameter nom")])
    assert lists(router) == ["A"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (":beep", "lab: the command beep is not played here"),
        ("/interface list add name=$x", "undeclared variable x"),
        ('/interface list add name="$x"', "undeclared variable x"),
        ("/interface list add name=[/system identity export]", "lab: the command export is not played here"),
        ("/interface list add name=A B", "expected end of command"),
        ("/interface list add name=A # comment", "expected end of command"),
        ("/interface list remove [find (1)]", "conditional not boolean"),
        ("/routing table add name=t fib=yes", "expected end of command"),
        ("/interface list frobnicate", "no such command prefix"),
        ("/system identity add", "no such command"),
    ],
)
def test_what_is_not_played_is_never_guessed(router: Router, line: str, reason: str) -> None:
    report = load(router, f"\n{line}\n/interface list add name=Z\n")
    assert reasons(report) == [(2, reason)]
    assert lists(router) == ["Z"]


def test_syntax_errors_are_told_with_their_line(router: Router) -> None:
    report = load(router, '/interface list\nadd name=A\nadd name="\\q"\nadd name=C\n')
    assert [(item.line, item.reason.partition(":")[0]) for item in report.skipped] == [(3, "syntax error")]
    assert lists(router) == ["A", "C"]


def test_an_error_in_a_block_costs_one_line(router: Router) -> None:
    report = load(router, "/interface list {\n add name=A\n add nom=B\n add name=C\n}\n")
    assert reasons(report) == [(3, "unknown parameter nom")]
    assert lists(router) == ["A", "C"]


def test_comment_lines_between_rows(router: Router) -> None:
    source = "/ip firewall mangle\n# pppoe-out2 not ready\nadd chain=x\n# matcher not possible\nadd chain=y\n"
    assert load(router, source).applied == 2


def test_names_in_a_circle_are_refused_on_given_hardware(router: Router) -> None:
    source = "/interface ethernet\nset [ find default-name=ether1 ] name=ether2\n"
    assert reasons(load(router, source)) == [(2, "failure: already have interface with such name")]


def test_what_boards_have_and_a_chr_lacks(router: Router) -> None:
    """The FastTrack row that home routers are shipped with, as their export has it."""
    assert load(router, "/ip firewall filter add action=fasttrack-connection chain=forward hw-offload=yes").skipped == []
    row = only(router, "ip firewall filter")
    assert (row["action"], row["hw-offload"]) == ("fasttrack-connection", "yes")


def test_a_long_script_text(router: Router) -> None:
    load(router, '/system script add name=s source="# \\C3\\A4\\r\\\n    \\n:log info \\"x\\"\\\n    \\n"')
    assert only(router, "system script")["source"] == '# ä\r\n:log info "x"\n'


def test_each_line_has_its_own_variables(router: Router) -> None:
    source = ":local x A; /interface list add name=$x\n/interface list add name=$x\n:global y B\n/interface list add name=[:tostr 5]\n"
    report = load(router, source)
    assert reasons(report) == [(2, "undeclared variable x")]
    assert lists(router) == ["A", "5"]
    assert router.services.globals_of("admin") == {"y": "B"}


def test_an_error_in_a_command_with_a_block_costs_the_command(router: Router) -> None:
    source = ":if (yes) do={\n  /interface list add name=A\n  /interface list add nom=B\n}\n/interface list add name=C\n"
    report = load(router, source)
    assert reasons(report) == [(1, "unknown parameter nom")]
    assert lists(router) == ["A", "C"]


def test_names_that_begin_with_a_dot_belong_to_the_group_before(router: Router) -> None:
    words = "configuration.country=Latvia .mode=ap channel.band=5ghz-ax .width=20mhz disabled=no .frequency=5180"
    assert load(router, f"/interface wifi\nadd name=air {words}\n").skipped == []
    row = only(router, "interface wifi")
    names = ("configuration.country", "configuration.mode", "channel.band", "channel.width", "channel.frequency")
    assert [row[name] for name in names] == ["Latvia", "ap", "5ghz-ax", "20mhz", "5180"]
    assert reasons(load(router, "/interface wifi\nadd name=other .mode=ap\n")) == [(2, "unknown parameter .mode")]


def test_profiles_that_are_always_there_by_their_ids(router: Router) -> None:
    source = "/interface list add name=dialed\n/ppp profile\nset *0 interface-list=dialed\nset *FFFFFFFE dns-server=10.0.0.1 !bridge\n"
    assert load(router, source).skipped == []
    rows = {row["name"]: row for row in read_rows(router, path("ppp profile"))}
    assert rows["default"]["interface-list"] == "dialed"
    assert rows["default-encryption"]["dns-server"] == "10.0.0.1"
    assert '"interface-list": "dialed"' in dump(router)
