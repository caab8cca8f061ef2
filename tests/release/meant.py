# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has changed on purpose since the recorded release: from its rows to those of today, without the code that makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_network

Row = dict[str, str]
Rows = dict[str, list[Row]]

OURS = "multiwan:pcc_balance:"
ALERTS = "multiwan:dhcp_alert_telegram:"
HEARTBEAT = (
    ':do { /ip/firewall/address-list/add list="multiwan-events" address=240.0.1.1 disabled=yes '
    'comment=("heartbeat " . [:rndnum from=1 to=999999999] . " 0") } on-error={}'
)
MAIN = "multiwan-main"
ADDRESSES = "ip firewall address-list"
PROBES = "multiwan:failover_netwatch:enter"
MANGLE, ROUTES, RULES, TABLES = "ip firewall mangle", "ip route", "routing rule", "routing table"
SCHEDULER = "system scheduler"


def today(rows: Rows, start: str | None = None) -> Rows:
    """The rows as the code of today leaves them, for those that the recorded release has left.

    :param start: what others have on a router that has never run that release.
    """
    if SCHEDULER in rows:
        rows = {**rows, SCHEDULER: _sorted(map(_entry, rows[SCHEDULER]))}
    rows = {**rows, **{menu: list(change(rows[menu])) for menu, change in _BUFFERS.items() if menu in rows}}
    if not any(row.get("comment", "").startswith(f"{OURS}table:") for row in rows.get(TABLES, ())):
        return rows
    changed = {**rows, RULES: [*rows.get(RULES, ()), *_rules()]}
    notes = _notes(start) if start is not None else ()
    changed[ADDRESSES] = _sorted([*rows.get(ADDRESSES, ()), *notes, *_near(rows)])
    for menu, change in _CHANGES.items():
        changed[menu] = list(change(rows[menu]))
    return {menu: changed[menu] for menu in sorted(changed)}


def _entry(row: Row) -> Row:
    """Issue 16: entries run whatever the clock says, a heartbeat at nine."""
    comment = row.get("comment", "")
    time = "09:00:00" if comment.endswith(":heartbeat") else "00:00:10"
    return row | {"start-date": "1970-01-01", "start-time": time} if comment.startswith("multiwan:") else row


def heard(log: list[str]) -> list[str]:
    """Issue 16: that a run has changed something is an event, and stands in no buffer of the log. After a removal nobody would read it."""
    return ["multiwan: changed"] if len(log) > 1 else []


def _rules() -> Iterator[Row]:
    """Issue 14: what is not balanced goes by rules, and main stays as its owner has it."""
    yield {"action": "lookup", "comment": f"{OURS}rule:specific", "disabled": "false", "min-prefix": "0", "table": "main"}
    yield {"action": "lookup", "comment": f"{OURS}rule:default", "disabled": "false", "table": MAIN}


def _notes(start: str) -> Iterator[Row]:
    """Issue 14: the first run writes down what a removal need not give back."""
    for number, (what, there) in enumerate({"no-default": "dst-address=0.0.0.0/0", "no-nat": "chain=srcnat"}.items(), 1):
        if there not in start:
            comment = f"{OURS}before:{what}"
            yield {"address": f"240.0.0.{number}", "comment": comment, "disabled": "true", "list": "multiwan-before"}


def _near(rows: Rows) -> Iterator[Row]:
    """Issue 17: the networks of the lines."""
    arrive = f"{OURS}arrive:"
    lines = {row["in-interface"]: row["comment"].removeprefix(arrive) for row in rows[MANGLE] if row.get("comment", "").startswith(arrive)}
    for row in (row for row in rows["ip address"] if row["interface"] in lines):
        line, network = lines[row["interface"]], str(ip_network(row["address"], strict=False))
        yield {"address": network, "comment": f"{OURS}near:{line}:{network}", "disabled": "false", "list": f"multiwan-near:{line}"}


def _routes(rows: list[Row]) -> list[Row]:
    return _sorted(row | {"routing-table": MAIN} if row.get("comment", "").startswith(f"{OURS}route:main:") else row for row in rows)


def _tables(rows: list[Row]) -> list[Row]:
    return _sorted([*rows, {"comment": f"{OURS}table:main", "disabled": "false", "fib": "", "name": MAIN}])


def _sorted(rows: Iterable[Row]) -> list[Row]:
    """As dumps have menus without an order."""
    return sorted(rows, key=lambda row: sorted(row.items()))


def _mangle(rows: list[Row]) -> Iterator[Row]:
    """Issue 14: sessions with the router that are older than the run keep their line."""
    arrivals = [row for row in rows if row.get("comment", "").startswith(f"{OURS}arrive:")]
    for row in rows:
        # Issue 14: probes go by their line whatever others mark
        yield {field: value for field, value in row.items() if field != "connection-mark" or row.get("comment") != PROBES}
        if row in arrivals[-1:]:
            for arrival in arrivals:
                comment = arrival["comment"].replace(":arrive:", ":adopt:")
                yield arrival | {"chain": "multiwan-adopt", "comment": comment, "passthrough": "true"}
        if row.get("comment") == f"{OURS}enter:output":
            yield {
                **{"action": "jump", "chain": "input", "comment": f"{OURS}enter:adopt", "connection-mark": "no-mark"},
                **{"in-interface-list": "!multiwan-lan", "jump-target": "multiwan-adopt", "protocol": "!icmp"},
            }


def _flows(rows: list[Row]) -> Iterator[Row]:
    """Issue 17: UDP but QUIC has chains of its own, and who is near a line gets no mark by it."""
    seen: set[str] = set()
    for row in map(_far, rows):
        kind = row.get("comment", "").removeprefix(OURS).partition(":")[0]
        if kind in _HASHED and kind not in seen:
            seen.add(kind)
            yield from _hashed(kind, [other for other in rows if other.get("comment", "").startswith(f"{OURS}{kind}:")])
        elif kind not in _HASHED:
            yield row


_HASHED = {"classify": ("multiwan-lan", "multiwan-udp"), "instead": ("multiwan-instead", "multiwan-instead-udp")}


def _far(row: Row) -> Row:
    what, _, line = row.get("comment", "").removeprefix(OURS).partition(":")
    return row | {"src-address-list": f"!multiwan-near:{line}"} if what in ("arrive", "adopt") else row


def _hashed(kind: str, rows: list[Row]) -> Iterator[Row]:
    """The row for all that no other takes is the first slot, and the last bucket."""
    mixed, udp = _HASHED[kind]
    own = [row for row in rows if ":udp:" in row["comment"]]
    others = [{name: value for name, value in row.items() if name != "protocol"} for row in rows if row not in own]
    jump = {"action": "jump", "chain": mixed, "comment": f"{OURS}{kind}:udp", "dst-port": "!443", "jump-target": udp, "protocol": "udp"}
    if not own:
        yield from others
        return
    (rest,) = [row for row in others if ":tcp:" not in row["comment"]]
    start, _, end = rest["comment"].rpartition(":")
    whole = {**rest, "chain": udp, "comment": f"{start}:udp:{end}"}
    alone = [{**{name: value for name, value in row.items() if name != "protocol"}, "chain": udp} for row in own]
    yield from [whole, *alone] if kind == "instead" else [*alone, whole, jump]
    yield from others
    if kind == "instead":
        yield jump


def _scheduler(rows: list[Row]) -> list[Row]:
    """Issue 16: the alert script looks each second where nothing else was wanted, and a heartbeat is an event."""
    changed = {
        f"{ALERTS}scheduler": lambda row: {"interval": row["interval"].replace("2s", "1s")},
        f"{ALERTS}heartbeat": lambda row: {"on-event": HEARTBEAT},
    }
    return _sorted(row | changed.get(row.get("comment", ""), lambda row: {})(row) for row in rows)


def _logging(rows: list[Row]) -> list[Row]:
    """Issue 16: DHCP alerts have a buffer of their own, and notes are of one topic more."""
    others = [row for row in rows if row.get("action") != "multiwan"]
    if others == rows:
        return rows
    rule = {"disabled": "false", "prefix": ""}
    ours = [{"action": "multiwan", **rule, "topics": "script,info"}, {"action": "multiwanalerts", **rule, "topics": "dhcp,critical"}]
    return _sorted([*others, *ours])


def _logging_actions(rows: list[Row]) -> list[Row]:
    return _sorted([*rows, *(row | {"name": "multiwanalerts"} for row in rows if row.get("name") == "multiwan")])


_BUFFERS: Mapping[str, Callable[[list[Row]], list[Row]]] = {
    "system scheduler": _scheduler,
    "system logging": _logging,
    "system logging action": _logging_actions,
}
_CHANGES: Mapping[str, Callable[[list[Row]], Iterator[Row] | list[Row]]] = {
    MANGLE: lambda rows: _flows(list(_mangle(rows))),
    ROUTES: _routes,
    TABLES: _tables,
}
