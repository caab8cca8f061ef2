# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What becomes of each kind of connection, now and in an outage, on a router with rows of its owner's and of the control script."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.answer import Live, explain
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.packets import Scene
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.question import read_question
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.scenes import RUNTIME, found_scene, in_outage, planned_scene
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.telling import told
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.unmarked import order
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST, MANGLE, ROUTES
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.pcc_balance.strategies import classifiers, wans

from .scene import CLIENT, INTENT, OPTIONS, OUTSIDE, OWN, SERVER, WANS, WATCHED, answer, ask, drain_rows, planned, router

FORWARD = {"chain": "dstnat", "action": "dst-nat", "protocol": "tcp", "dst-port": "8080", "dst-address-type": "local", "comment": "web"}
NAT = {"ip firewall nat": [{**FORWARD, "to-addresses": "192.168.88.64"}]}
SUSPECT = {"list": "multiwan-suspect:isp1", "address": "0.0.0.0/0", "dynamic": True}


@pytest.mark.parametrize(
    ("to", "kind", "lines"),
    [
        (SERVER, "balanced", {"isp1": "2/3", "isp2": "1/3"}),
        ("203.0.114.7:443/udp", "balanced", {"isp1": "2/3", "isp2": "1/3"}),
        ("203.0.114.7/gre", "balanced", {"isp1": "2/3", "isp2": "1/3"}),
        ("203.0.114.7:53/udp", "bypassed", {"isp1": "1"}),
        ("203.0.114.7:53/tcp", "balanced", {"isp1": "2/3", "isp2": "1/3"}),
        ("93.184.216.34:443/tcp", "bypassed", {"isp1": "1"}),
        ("10.1.2.3:443/tcp", "bypassed", {"isp1": "1"}),
        ("192.168.99.20:445/tcp", "no line", {"": "1"}),
        ("198.51.100.1/icmp", "balanced", {"isp1": "2/3", "isp2": "1/3"}),
    ],
)
def test_of_the_lan(to: str, kind: str, lines: dict[str, str]) -> None:
    assert answer(to=to) == (kind, lines)


def test_what_is_bypassed_goes_by_main_where_main_knows_better() -> None:
    """Rule 1 comes before rule 2."""
    route = {"dst-address": "10.1.0.0/16", "gateway": "198.51.100.1", "immediate-gw": "198.51.100.1%ether2", "distance": 1, "active": True}
    scene = router({"ip route": [route]})
    assert answer(scene, "10.1.2.3:443/tcp") == ("bypassed", {"isp2": "1"})
    assert answer(scene, "10.2.2.3:443/tcp") == ("bypassed", {"isp1": "1"})


def test_who_is_in_no_lan_goes_without_a_mark() -> None:
    assert answer(start="192.168.99.20") == ("unmarked", {"isp1": "1"})
    assert answer(start="192.168.99.20", during="isp1") == ("unmarked", {"isp2": "1"})


def test_the_router_itself_goes_without_a_mark() -> None:
    for own in ("192.168.88.1", "203.0.113.2", "198.51.100.2"):
        assert answer(start=own) == ("router", {"isp1": "1"})
        assert answer(start=own, during="isp1") == ("router", {"isp2": "1"})


@pytest.mark.parametrize(("own", "line"), [("203.0.113.2", "isp1"), ("198.51.100.2", "isp2"), ("100.127.0.2", "lte")])
@pytest.mark.parametrize("port", [22, 8080])
def test_what_comes_in_is_answered_by_its_line(own: str, line: str, port: int) -> None:
    """The router itself, or whom NAT sends it to."""
    scene = router(NAT)
    assert answer(scene, f"{own}:{port}/tcp", start=OUTSIDE) == ("arrival", {line: "1"})
    said = ask(scene, f"{own}:{port}/tcp", start=OUTSIDE).new
    assert said.why is not None and said.why["comment"] == f"multiwan:pcc_balance:arrive:{line}"
    others = ",".join({"isp1", "isp2", "lte"} - {line})
    assert answer(scene, f"{own}:{port}/tcp", start=OUTSIDE, during=others) == ("arrival", {line: "1"})


def test_answers_of_a_line_that_is_out_leave_by_another() -> None:
    assert answer(to="203.0.113.2:22/tcp", start=OUTSIDE, during="isp1") == ("arrival", {"isp2": "1"})


def test_who_is_near_is_answered_by_main() -> None:
    near = {"ip firewall address-list": [{"list": "multiwan-near:isp2", "address": "198.51.100.0/24"}]}
    said = ask(router(near), "198.51.100.2:22/tcp", start="198.51.100.77").new
    assert (said.kind, said.why, list(said.lines)) == ("arrival", None, ["isp2"])
    routed = [row.get("comment") for row in said.parts[0].ways[0]]
    assert "multiwan:pcc_balance:rule:specific" in routed


def test_a_line_may_be_named_for_what_comes_in() -> None:
    assert answer(to="192.168.88.64:80/tcp", start=OUTSIDE, by="isp2") == ("arrival", {"isp2": "1"})


def test_what_nat_takes_of_the_lan_needs_no_line() -> None:
    """A bypassed service that a redirect takes, and the own address from inside."""
    redirect = {"chain": "dstnat", "action": "redirect", "protocol": "udp", "dst-port": "53", "comment": "dns"}
    scene = router({"ip firewall nat": [redirect, *NAT["ip firewall nat"]]})
    assert answer(scene, "203.0.114.7:53/udp") == ("no line", {"": "1"})
    said = ask(scene, "203.0.113.2:8080/tcp", start="192.168.88.71").new
    assert (said.kind, str(said.target), set(said.out)) == ("no line", "192.168.88.64", {"bridge"})


def test_nat_that_sends_to_one_of_several_is_not_known() -> None:
    scene = router({"ip firewall nat": [{**FORWARD, "to-addresses": "192.168.88.64-192.168.88.66"}]})
    assert ask(scene, "203.0.113.2:8080/tcp", start=OUTSIDE).new.doubt == "/ip/firewall/nat 'web' has action=dst-nat"


def test_a_suspect_line_gets_no_new_ones() -> None:
    assert answer(router({"ip firewall address-list": [SUSPECT]})) == ("balanced", {"isp2": "1"})
    both = [SUSPECT, {**SUSPECT, "list": "multiwan-suspect:isp2"}]
    assert answer(router({"ip firewall address-list": both})) == ("balanced", {"lte": "1"})
    every = [*both, {**SUSPECT, "list": "multiwan-suspect:lte"}]
    assert answer(router({"ip firewall address-list": every})) == ("balanced", {"isp1": "2/3", "isp2": "1/3"})


def test_outages() -> None:
    assert answer(during="isp1") == ("balanced", {"isp2": "1"})
    assert answer(during="isp2") == ("balanced", {"isp1": "1"})
    assert answer(during="isp1,isp2") == ("balanced", {"lte": "1"})
    assert answer(during="lte") == ("balanced", {"isp1": "2/3", "isp2": "1/3"})
    assert answer(during="isp1,isp2,lte") == ("balanced", {"isp1": "2/3", "isp2": "1/3"})


def test_an_outage_that_is_there_counts() -> None:
    scene = router(WATCHED, down=frozenset({"isp1"}))
    assert scene.down == {"isp1"}
    assert answer(scene) == answer(scene, during="isp1") == ("balanced", {"isp2": "1"})
    assert answer(scene, during="isp2") == ("balanced", {"lte": "1"})


def test_a_drained_line_gets_no_new_ones_and_keeps_those_it_has() -> None:
    scene = router({**WATCHED, **connection("multiwan-isp1")}, drained=frozenset({"isp1"}))
    assert (scene.down, scene.drained) == (frozenset(), {"isp1"})
    assert answer(scene) == ("balanced", {"isp2": "1"})
    assert answer(scene, start="192.168.99.20") == ("unmarked", {"isp2": "1"})
    assert [list(live.answer.lines) for live in ask(scene).live] == [["isp1"]]
    assert answer(scene, during="isp2") == ("balanced", {"lte": "1"})
    assert answer(scene, during="isp2,lte") == ("balanced", {"isp1": "1"})
    assert answer(scene, "203.0.113.2:22/tcp", start=OUTSIDE) == ("arrival", {"isp1": "1"})


@settings(max_examples=40, deadline=None)
@given(wans(), classifiers, classifiers, st.data())
def test_rows_in_an_outage_are_those_that_a_run_would_plan_for_it(data, tcp, udp, draw) -> None:
    """From any outage to any larger one, whatever is drained; what is no field of the control script stays."""
    intent = read_intent({"wans": data, "lan_interfaces": ["bridge"], "classifier_tcp": tcp, "classifier_udp": udp})
    names = [wan.name for wan in intent.wans]
    before, more, drained = (draw.draw(st.frozensets(st.sampled_from(names))) for _ in range(3))
    own = {**OWN, "ip address": [], "ip route": []}
    rows = plan(intent, before, probed=True, drained=drained)
    rows[ADDRESS_LIST] += drain_rows(intent.wans, drained)
    scene = found_scene(intent, {**own, **rows, **WATCHED})
    assert (scene.down, scene.drained) == (before, drained)
    after = plan(scene.intent, before | more, probed=True, unmarked=order(scene.router), drained=drained)
    then = in_outage(scene, more)
    for path in (MANGLE, ROUTES):
        by_comment = {row["comment"]: row for row in then.found[path]}
        assert [by_comment[row["comment"]] for row in after[path]] == list(after[path])
        for there, row in zip(scene.found[path], then.found[path], strict=True):
            assert {**row, **{key: there[key] for key in RUNTIME if key in there}} == there


def test_what_somebody_has_changed_counts_as_it_is() -> None:
    """A row of ours that was switched off by hand, and a route."""
    scene = router()
    rows = [{**row, "disabled": True} if row["comment"] == "multiwan:pcc_balance:new:lan" else row for row in scene.found[MANGLE]]
    assert answer(found_scene(INTENT, {**scene.found, MANGLE: rows})) == ("unmarked", {"isp1": "1"})
    routes = [
        {**row, "disabled": True} if row.get("comment") == "multiwan:pcc_balance:route:isp2:isp2" else row for row in scene.found[ROUTES]
    ]
    assert answer(found_scene(INTENT, {**scene.found, ROUTES: routes})) == ("balanced", {"isp1": "1"})


def test_later_packets_that_lose_their_mark_are_told() -> None:
    marking = {"chain": "forward", "action": "mark-connection", "new-connection-mark": "voice", "connection-state": "new", "comment": "qos"}
    said = ask(router({"ip firewall mangle": [marking]}), during="isp1").new
    assert said.lines.keys() == {"isp2"}
    assert said.later == ""  # by isp2 both: what has no mark goes there too
    scene = router({"ip firewall mangle": [marking]})
    assert "its later packets go by isp1" in ask(scene).new.later


def test_a_notrack_row_and_a_drop_of_raw_are_not_passed_by() -> None:
    row = {"chain": "prerouting", "action": "notrack", "src-address": CLIENT, "comment": "fast"}
    assert ask(router({"ip firewall raw": [row]})).new.doubt == "/ip/firewall/raw 'fast' has action=notrack"
    assert answer(router({"ip firewall raw": [{**row, "src-address": "192.168.88.99"}]}))[0] == "balanced"


def test_a_vrf_has_tables_of_its_own() -> None:
    said = ask(router({"ip vrf": [{"name": "guests", "interfaces": "bridge"}]})).new
    assert (said.kind, said.doubt) == ("unknown", "bridge is in the VRF guests, which has tables of its own")


def hotspot(**more: list) -> Scene:
    """The LAN has to log in."""
    intent = read_intent({**OPTIONS, "lan_interfaces": [{"interface": "bridge", "hotspot": "auth"}]})
    paths = {"active": "ip hotspot active", "bindings": "ip hotspot ip-binding"}
    return router({"ip hotspot": [{"name": "cafe", "interface": "bridge"}], **{paths[name]: rows for name, rows in more.items()}}, intent)


LOGGED_IN = [{"address": CLIENT}]


def test_who_is_logged_in_at_a_hotspot_is_balanced() -> None:
    """Of TCP nobody knows whether it is a request for a proxy."""
    udp = "203.0.114.7:443/udp"
    for scene in (hotspot(active=LOGGED_IN), hotspot(bindings=[{"address": CLIENT, "type": "bypassed"}])):
        assert answer(scene, udp) == ("balanced", {"isp1": "2/3", "isp2": "1/3"})
        tcp = ask(scene).new
        assert tcp.doubt == "/ip/firewall/mangle 'multiwan:pcc_balance:hotspot:proxy' asks for hotspot=http"
        assert tcp.if_met is not None and tcp.if_not is not None
        assert (tcp.if_met.lines.keys(), tcp.if_not.lines.keys()) == ({"isp1"}, {"isp1", "isp2"})
    said = ask(hotspot(), udp).new
    assert (said.kind, said.why and said.why["comment"]) == ("bypassed", "multiwan:pcc_balance:hotspot:login")
    somebody = ask(hotspot(bindings=[{"mac-address": "02:00:00:00:00:01", "type": "bypassed"}]), udp).new
    assert somebody.doubt == "/ip/firewall/mangle 'multiwan:pcc_balance:hotspot:login' asks for hotspot=from-client,!auth"


def test_dns_of_a_hotspot_is_its_own() -> None:
    said = ask(hotspot(active=LOGGED_IN), "203.0.114.7:53/tcp").new
    assert (said.kind, said.why and said.why["comment"]) == ("bypassed", "multiwan:pcc_balance:hotspot:dns:tcp")


def test_without_a_hotspot_nobody_has_to_log_in() -> None:
    intent = read_intent({**OPTIONS, "lan_interfaces": [{"interface": "bridge", "hotspot": "auth"}]})
    assert answer(router(intent=intent))[0] == "balanced"


def test_a_rule_that_asks_for_too_much_is_said_with_both_ways() -> None:
    rules = [{"action": "lookup", "table": "multiwan-isp2", "realm": 7, "comment": "mine"}]
    said = ask(router({"routing rule": rules}, first=True), "10.1.2.3/icmp").new
    assert said.doubt == "/routing/rule 'mine' asks for realm=7"
    assert said.if_met is not None and said.if_not is not None
    assert (list(said.if_met.lines), list(said.if_not.lines)) == (["isp2"], ["isp1"])


def connection(
    mark: str = "", source: str = f"{CLIENT}:50123", target: str = "203.0.114.7:443", reply: str = "203.0.114.7:443", **more: object
) -> dict:
    row = {"protocol": "tcp", "src-address": source, "dst-address": target, "reply-src-address": reply, **more}
    return {"ip firewall connection": [row | ({"connection-mark": mark} if mark else {})]}


def lived(more: dict, to: str = SERVER, **words: str) -> Live:
    (live,) = ask(router({**NAT, **more}), to, **words).live
    return live


def test_a_connection_that_is_there_keeps_the_line_of_its_mark() -> None:
    for line in ("isp1", "isp2", "lte"):
        live = lived(connection(f"multiwan-{line}"))
        assert (live.source, live.mark, list(live.answer.lines)) == (f"{CLIENT}:50123", f"multiwan-{line}", [line])
    assert list(lived(connection()).answer.lines) == ["isp1"]


def test_in_an_outage_the_connections_of_the_line_begin_anew_and_others_stay() -> None:
    gone, stays = lived(connection("multiwan-isp1"), during="isp1"), lived(connection("multiwan-isp2"), during="isp1")
    assert (gone.begins_anew, list(gone.answer.lines)) == (True, ["isp1"])
    assert (stays.begins_anew, list(stays.answer.lines)) == (False, ["isp2"])
    unmarked = lived(connection(), during="isp1")
    assert unmarked.begins_anew
    last = lived(connection("multiwan-isp1"), during="isp1,isp2,lte")
    assert (last.begins_anew, list(last.answer.lines)) == (False, ["isp1"])  # nobody can take it


def test_other_connections_are_not_told() -> None:
    for other in (connection(source="192.168.88.71:50123"), connection(target="203.0.114.7:80"), connection(protocol="udp")):
        assert ask(router(other)).live == ()
    assert ask(router(connection("multiwan-isp1")), start=f"{CLIENT}:50124").live == ()


def test_what_has_come_in_is_answered_by_its_mark() -> None:
    for port, server in ((22, "198.51.100.2:22"), (8080, "192.168.88.64:8080")):
        there = connection("multiwan-isp2", f"{OUTSIDE}:40000", f"198.51.100.2:{port}", server)
        assert list(lived(there, f"198.51.100.2:{port}/tcp", start=OUTSIDE).answer.lines) == ["isp2"]
        older = connection("", f"{OUTSIDE}:40000", f"198.51.100.2:{port}", server)
        assert list(lived(older, f"198.51.100.2:{port}/tcp", start=OUTSIDE).answer.lines) == ["isp1"]


def test_a_fasttracked_one_is_known_where_rules_and_main_agree() -> None:
    assert list(lived(connection(fasttrack=True)).answer.lines) == ["isp1"]
    other = replace(router(), found={**router().found, **connection(fasttrack=True)})
    routes = [
        {**row, "immediate-gw": "198.51.100.1%ether2"} if row.get("dst-address") == "0.0.0.0/0" and "comment" not in row else row
        for row in other.found[ROUTES]
    ]
    (live,) = ask(replace(other, found={**other.found, ROUTES: routes})).live
    assert live.answer.doubt == "it is fasttracked, and whether such packets follow routing rules is not known"


def test_the_plan_answers_as_the_router_does() -> None:
    """Where both know."""
    for to in (SERVER, "203.0.114.7:53/udp", "93.184.216.34:443/tcp"):
        for during in ("", "isp1", "isp1,isp2"):
            assert answer(planned(), to, during=during) == answer(to=to, during=during)
    for during in ("", "isp1", "isp2"):
        words = {"to": "198.51.100.2:22/tcp", "start": OUTSIDE, "during": during}
        assert answer(planned(), by="isp2", **words) == answer(**words)


def test_with_one_line_main_decides() -> None:
    one = read_intent({**OPTIONS, "wans": WANS[:1]})
    assert answer(router(intent=one)) == ("unmarked", {"isp1": "1"})


SCHEDULED = {**OPTIONS, "wans": [{**WANS[0], "schedule": [{"from": "22:00", "to": "06:00", "weight": 90}]}, *WANS[1:]]}
EVENING, NOON = [{"date": "2026-11-28", "time": "22:30:00"}], [{"date": "2026-11-28", "time": "12:00:00"}]


@pytest.mark.parametrize(
    ("clock", "words", "share"),
    [
        (EVENING, {}, "9/10"),
        (NOON, {}, "2/3"),
        (NOON, {"at": "22:30"}, "9/10"),
        (EVENING, {"at": "sun 06:00"}, "2/3"),
        (EVENING, {"at": "sun 05:59"}, "9/10"),
    ],
)
def test_weights_by_time_of_day(clock: list, words: dict[str, str], share: str) -> None:
    intent = read_intent(SCHEDULED)
    found = {**OWN, **plan(intent), "system clock": clock}
    said = read_question({"from": CLIENT, "to": SERVER, **words}, intent.wans)
    assert str(explain(found_scene(intent, found, said.at), said).new.lines["isp1"]) == share


def test_a_plan_with_a_schedule_has_to_be_told_when_that_is() -> None:
    intent = read_intent(SCHEDULED)
    said = read_question({"from": CLIENT, "to": SERVER, "at": "sat 23:00"}, intent.wans)
    explanation = explain(planned_scene(intent, at=said.at), said)
    assert str(explanation.new.lines["isp1"]) == "9/10"
    assert any("keeps its line until the hours of a schedule begin or end, rows change or" in line for line in told(explanation))
    with pytest.raises(IntentErrors, match="write when that is, such as at=sat-22:30"):
        planned_scene(intent)


def test_where_the_clock_cannot_be_read_a_row_with_a_time_is_not_guessed() -> None:
    intent = read_intent(SCHEDULED)
    said = read_question({"from": CLIENT, "to": SERVER}, intent.wans)
    answer = explain(found_scene(intent, {**OWN, **plan(intent)}), said).new
    assert (answer.kind, "asks for time=" in answer.doubt) == ("unknown", True)
