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
SCHEDULER, NETWATCH = "system scheduler", "tool netwatch"
WATCH = "multiwan:failover_netwatch:"
PACES = {"1s": ("300ms", 333, 14, 48), "2s": ("450ms", 1150, 28, 48), "10s": ("2s", 3000, 58, 60)}
"""Of each profile, by the interval that its probes had: timeout, milliseconds between packets, packets of a window, seconds of a check."""
PATIENT = {"thr-avg": "10s", "thr-max": "10s", "thr-stdev": "10s", "thr-jitter": "10s"}
LIMITED = "10%"
"""Of the lines in the stories, those with a limit of loss are known by it."""


def today(rows: Rows, start: str | None = None) -> Rows:
    """The rows as the code of today leaves them, for those that the recorded release has left.

    :param start: what others have on a router that has never run that release.
    """
    if SCHEDULER in rows:
        rows = {**rows, SCHEDULER: _sorted(map(_entry, rows[SCHEDULER]))}
    rows = {**rows, **{menu: list(change(rows[menu])) for menu, change in _BUFFERS.items() if menu in rows}}
    if NETWATCH in rows:
        rows = {**rows, NETWATCH: _sorted(_netwatch(rows)), MANGLE: list(_ways(rows[MANGLE]))}
    if not any(row.get("comment", "").startswith(f"{OURS}table:") for row in rows.get(TABLES, ())):
        return rows
    changed = {**rows, RULES: [*rows.get(RULES, ()), *_rules()]}
    notes = _notes(start) if start is not None else ()
    changed[ADDRESSES] = _sorted([*rows.get(ADDRESSES, ()), *notes, *_near(rows)])
    for menu, change in _CHANGES.items():
        changed[menu] = list(change(rows[menu]))
    return {menu: changed[menu] for menu in sorted(changed)}


def still_out(rows: Rows, line: str, heir: str) -> Rows:
    """Issue 17: an outage stays with its line when that is renamed, where the recorded release had forgotten it."""

    def out(row: Row) -> Row:
        comment = row.get("comment", "")
        if comment.startswith(f"{OURS}route:") and comment.endswith(f":{line}") and "distance" in row:
            return row | {"distance": str(int(row["distance"]) + 100)}
        if comment == f"{OURS}leave:{line}":
            return row | {"disabled": "false"}
        return row | {"new-connection-mark": f"multiwan-{heir}"} if comment.startswith(f"{OURS}instead:") else row

    return {menu: [out(row) for row in found] for menu, found in rows.items()}


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


def _suspects(rows: list[Row]) -> Iterator[Row]:
    """Issue 17: while a line is suspect, what is new goes to the best of the others."""
    lines = [row["comment"].removeprefix(f"{OURS}route:") for row in rows if row.get("chain") == "multiwan-route"]
    left = {row["comment"].removeprefix(f"{OURS}leave:") for row in rows if row.get("comment", "").startswith(f"{OURS}leave:")}
    out = {line for line in left for row in rows if row.get("comment") == f"{OURS}leave:{line}" and row["disabled"] == "false"}
    last = {kind: [row for row in rows if row.get("comment", "").startswith(f"{OURS}{kind}:")][-1:] for kind in ("instead", "leave")}
    for row in rows:
        yield row
        for line in reversed(lines) if [row] == last["instead"] else ():
            yield {
                **{"action": "mark-connection", "chain": "multiwan-else", "comment": f"{OURS}else:{line}", "passthrough": "true"},
                **{"disabled": "true" if line in out else "false", "new-connection-mark": f"multiwan-{line}"},
                "src-address-list": f"!multiwan-suspect:{line}",
            }
        for line in lines if [row] == last["leave"] else ():
            yield {
                **{"action": "jump", "chain": "multiwan-lan", "comment": f"{OURS}suspect:{line}", "connection-mark": f"multiwan-{line}"},
                **{"jump-target": "multiwan-else", "src-address-list": f"multiwan-suspect:{line}"},
            }


def _netwatch(rows: Rows) -> Iterator[Row]:
    """Issue 17: one packet at a time, a second kind of evidence, limits of their own, and a slow pace for a backup."""
    routes = [row for row in rows[ROUTES] if row.get("comment", "").startswith((f"{OURS}route:main:", f"{WATCH}route:"))]
    out = {row["comment"].split(":")[-1] for row in routes if f"{OURS}route:main:" in row["comment"] and int(row["distance"]) >= 100}
    dials = {row["comment"].split(":")[-1] for row in routes if not row.get("gateway", "0.").partition("%")[0].replace(".", "").isdigit()}
    balanced = {row["comment"].split(":")[3] for row in rows[MANGLE] if row.get("comment", "").startswith(f"{OURS}classify:")}
    probes = [row for row in rows[NETWATCH] if row.get("comment", "").startswith(f"{WATCH}probe:")]
    yield from (row for row in rows[NETWATCH] if not row.get("comment", "").startswith(WATCH))
    for line in dict.fromkeys(row["comment"].split(":")[3] for row in probes):
        mine = sorted((row for row in probes if row["comment"].split(":")[3] == line), key=lambda row: _delay(row["start-delay"]))
        cleans = {row["host"]: row for row in rows[NETWATCH] if row.get("comment", "").startswith(f"{WATCH}clean:{line}:")}
        for number, old in enumerate(mine):
            percent = int(cleans[old["host"]]["thr-loss-percent"].removesuffix("%"))
            limited = cleans[old["host"]]["thr-loss-percent"] == LIMITED
            timeout, gap, packets, check = PACES[old["interval"]]
            backup = bool(balanced) and line not in balanced

            def entry(kind: str, on: bool, begin: int, more: Row, old: Row = old, line: str = line) -> Row:
                return {
                    **{"name": f"multiwan {line} {kind} {old['host']}", "comment": f"{WATCH}{kind}:{line}:{old['host']}"},
                    **{"host": old["host"], "type": "icmp", "startup-delay": "1m15s" if line in dials else "15s"},
                    **{"up-script": "multiwan-failover", "down-script": "multiwan-failover", "start-delay": _span(begin)},
                    **{"disabled": "false" if on else "true", **more},
                }

            def ping(pace: int, timeout: str = timeout, count: int = len(mine)) -> Row:
                once = {"packet-count": "1", "packet-size": "54", "timeout": timeout}
                return {**once, **PATIENT, "interval": _span(max(1000, pace * count))}

            share = number / len(mine)
            yield entry("probe", not backup, 1000 + int(max(1000, gap * len(mine)) * share), ping(gap))
            if backup:
                yield entry("thin", True, 1000 + int(7000 * len(mine) * share), ping(7000))
            train = {"packet-size": "54", "packet-count": str(packets), "packet-interval": "1s", "interval": _span(1000 * (packets + 2))}
            loss = {"thr-loss-count": str(packets * (percent // 2 if limited else percent) // 100)}
            wait = {"timeout": "2s" if timeout == "2s" else "900ms"}
            yield entry("clean", line in out, 100 + 100 * number, {**train, **wait, **PATIENT, **loss})
            if limited:
                minute = {"packet-count": "20", "packet-interval": "3s", "packet-size": "54", "interval": "1m", "timeout": "2s"}
                more = {**minute, **PATIENT, "thr-loss-count": str(20 * percent // 100), "early-failure-detection": "true"}
                yield entry("limit", True, 1000 + int(3000 * share), more)
            tcp = {"type": "tcp-conn", "port": "853", "thr-tcp-conn-time": "3s", "timeout": "3s", "interval": _span(1000 * check)}
            yield entry("tcp", not backup or line in out, 1000 + int(1000 * check * share), tcp)


def _delay(text: str) -> int:
    """Milliseconds of the delays that the recorded release has written."""
    seconds, _, rest = text.partition("s")
    return 1000 * int(seconds) + int(rest.removesuffix("ms") or 0)


def _span(milliseconds: int) -> str:
    """As RouterOS writes a time."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    return (f"{minutes}m" if minutes else "") + (f"{seconds}s" if seconds else "") + (f"{rest}ms" if rest else "")


def _ways(rows: list[Row]) -> Iterator[Row]:
    """Issue 17: a way of a probe names its protocol, and there is one for the port that is checked."""
    tcp = {"protocol": "tcp", "dst-port": "853"}
    for row in rows:
        comment = row.get("comment", "")
        if comment.startswith(f"{WATCH}way:"):
            yield row | {"protocol": "icmp"}
            yield row | tcp | {"comment": f"{comment}:tcp"}
            continue
        yield row
        if comment == PROBES:
            yield {field: value for field, value in row.items() if field != "connection-mark"} | tcp | {"comment": f"{comment}:tcp"}


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
    MANGLE: lambda rows: _suspects(list(_flows(list(_mangle(rows))))),
    ROUTES: _routes,
    TABLES: _tables,
}
