# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of failover: what watches the lines, and what acts on it.

Each WAN has a routing table of its own for its probes: its gateway, and a blackhole behind it, so that a probe never leaves by another
line. Only ICMP of the router itself to the probed addresses goes by it (chain output); where users' traffic to these addresses goes is
not touched.

Netwatch holds two kinds of entries per address. A *probe* asks often and fails when next to nothing comes back: it decides that a line
is dead. A *clean* entry watches a long window and fails on moderate loss: it decides that a line is good again. It runs only while its
line is out of use, or always where the user sets a limit to loss or latency.

The control script (failover_netwatch/script.py) does the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from .intent import IntentError, Wan, read_choice, read_number, read_wans, refuse_unknown
from .marks import ROLE as BALANCE
from .names import FAILOVER, PREFIX, Found, Row, comment, probe_table
from .plan import MANGLE, NETWATCH, ROUTES, TABLES, out_of_use
from .routeros.spelling import literal
from .routes import BLACKHOLE_DISTANCE, DEFAULT_DESTINATION, gateway
from .steps import SCHEDULER, SCRIPTS, Step, add, clear, clear_left, write
from .surroundings import device_mode
from .times import span

CHAIN_PROBE = f"{PREFIX}-probe"
SCRIPT = f"{PREFIX}-failover"

#: All that the script needs, and within what hooks of netwatch may do (manual, "Netwatch"). A script with a wider policy never starts.
POLICY = "read,write,test"

#: Public resolvers: three per line, of three operators, none twice. None was asked while this was built, and none has promised to answer.
DEFAULT_PROBES = (
    ("1.1.1.1", "8.8.8.8", "9.9.9.9"),
    ("1.0.0.1", "8.8.4.4", "149.112.112.112"),
    ("208.67.222.222", "4.2.2.1", "94.140.14.14"),
    ("208.67.220.220", "4.2.2.2", "94.140.15.15"),
    ("64.6.64.6", "185.228.168.9", "76.76.2.0"),
    ("64.6.65.6", "185.228.169.9", "76.76.10.0"),
    ("77.88.8.8", "74.82.42.42", "8.26.56.26"),
    ("77.88.8.1", "156.154.70.1", "8.20.247.20"),
)


@dataclass(frozen=True)
class Profile:
    """How often a line is asked, and how long it has to be good again.

    All times are RouterOS' own spelling, `interval` in whole seconds. `packets` leave `spacing` apart and are waited for as long as
    `timeout`; a probe is sent each `interval`. `window` is the time without trouble, in seconds, one packet each.
    """

    interval: str
    packets: int
    spacing: str
    timeout: str
    window: int


PROFILES = {
    "fast": Profile("1s", 6, "50ms", "300ms", 15),
    "normal": Profile("2s", 6, "50ms", "700ms", 30),
    "calm": Profile("10s", 6, "200ms", "2s", 60),
}

#: Fields of netwatch that nobody gives, and that some releases may show and others not (unknown).
HIDDEN = ("ttl", "accept-icmp-time-exceeded")


@dataclass(frozen=True)
class Failover:
    """All that the user wrote for failover, checked; each WAN has its probes and its quorum."""

    wans: tuple[Wan, ...]
    probes: Mapping[str, tuple[str, ...]]
    quorum: Mapping[str, int]
    profile: str = "normal"
    recover_loss: int = 20
    schedule: int = 10
    on_down: str = ""
    on_up: str = ""


OPTIONS = {"wans", "profile", "recover_loss", "schedule", "on_down", "on_up"}


def read_failover(data: Mapping[str, object], prefix: str = "failover_netwatch_") -> Failover:
    """Return the user's data, checked: `wans` and the options of the role by their short names.

    Raises `IntentError` for the first thing that is wrong.
    """
    refuse_unknown(data, sorted(OPTIONS), prefix)
    wans = read_wans(data.get("wans"))
    probes = {wan.name: _probes(wan, index) for index, wan in enumerate(wans)}
    _refuse_shared_probes(wans, probes)
    return Failover(
        wans=wans,
        probes=probes,
        quorum={wan.name: _quorum(wan, len(probes[wan.name]), index) for index, wan in enumerate(wans)},
        profile=read_choice(data.get("profile", "normal"), f"{prefix}profile", tuple(PROFILES)),
        recover_loss=int(read_number(data.get("recover_loss", 20), f"{prefix}recover_loss", 1, 80, whole=True)),
        schedule=int(read_number(data.get("schedule", 10), f"{prefix}schedule", 1, 3600, whole=True)),
        on_down=str(data.get("on_down") or ""),
        on_up=str(data.get("on_up") or ""),
    )


def _probes(wan: Wan, index: int) -> tuple[str, ...]:
    return tuple(map(str, wan.probes)) or DEFAULT_PROBES[index]


def _refuse_shared_probes(wans: Sequence[Wan], probes: Mapping[str, Sequence[str]]) -> None:
    """One address shows one line only: the router's way to it is that line's."""
    seen: dict[str, str] = {}
    for index, wan in enumerate(wans):
        for number, address in enumerate(probes[wan.name]):
            place = f"multiwan_wans[{index}].probes[{number}]"
            if address in seen:
                raise IntentError(place, f"'{address}' is already probed for '{seen[address]}'; write another address")
            if any(address == str(other.gateway) for other in wans if other is not wan):
                raise IntentError(place, f"'{address}' is the gateway of another WAN; write an address behind this line")
            seen[address] = wan.name


def _quorum(wan: Wan, count: int, index: int) -> int:
    if wan.quorum is None:
        return (count + 1) // 2
    if wan.quorum > count:
        raise IntentError(f"multiwan_wans[{index}].quorum", f"{wan.quorum} of {count} probes cannot answer; write 1 to {count}")
    return wan.quorum


def watched(wan: Wan) -> bool:
    """Whether loss or latency can put the line out of use."""
    return wan.max_loss is not None or wan.max_latency is not None


def plan(failover: Failover, source: str, down: Set[str] = frozenset()) -> dict[str, list[Row]]:
    """Return all rows by path.

    `source` is the text of the control script, `down` names the WANs that are out of use.
    """
    wans = failover.wans
    return {
        TABLES: [
            {"name": probe_table(wan.name), "fib": "", "disabled": False, "comment": comment(FAILOVER, "table", wan.name)} for wan in wans
        ],
        ROUTES: [row for wan in wans for row in _route_rows(wan, wans)],
        MANGLE: _mangle_rows(failover),
        SCRIPTS: [
            {
                "name": SCRIPT,
                "source": source,
                "policy": POLICY,
                "dont-require-permissions": False,
                "comment": comment(FAILOVER, "script"),
            }
        ],
        NETWATCH: [row for wan in wans for row in _netwatch_rows(failover, wan, wan.name in down)],
        SCHEDULER: [
            {
                "name": SCRIPT,
                "interval": span(failover.schedule),
                "on-event": SCRIPT,
                "policy": POLICY,
                "disabled": False,
                "comment": comment(FAILOVER, "scheduler"),
            }
        ],
    }


def _route_rows(wan: Wan, wans: Sequence[Wan]) -> Iterator[Row]:
    """The line, and nothing behind it. Without check-gateway: the probes themselves tell when a gateway is back."""
    common: Row = {
        "dst-address": DEFAULT_DESTINATION,
        "routing-table": probe_table(wan.name),
        "disabled": False,
    }
    yield {
        **common,
        "gateway": gateway(wan, wans),
        "distance": 1,
        "comment": comment(FAILOVER, "route", wan.name),
    }
    yield {
        **common,
        "blackhole": "",
        "distance": BLACKHOLE_DISTANCE,
        "comment": comment(FAILOVER, "route", wan.name, "blackhole"),
    }


def _mangle_rows(failover: Failover) -> list[Row]:
    """The router's own pings to probed addresses, and nothing else, go by the tables of the probes."""
    rows: list[Row] = [
        {
            "chain": CHAIN_PROBE,
            "action": "mark-routing",
            "dst-address": address,
            "new-routing-mark": probe_table(wan.name),
            "passthrough": False,
            "comment": comment(FAILOVER, "way", wan.name, address),
        }
        for wan in failover.wans
        for address in failover.probes[wan.name]
    ]
    enter: Row = {
        "chain": "output",
        "action": "jump",
        "protocol": "icmp",
        "connection-mark": "no-mark",
        "jump-target": CHAIN_PROBE,
        "comment": comment(FAILOVER, "enter"),
    }
    return [*rows, enter]


def _netwatch_rows(failover: Failover, wan: Wan, down: bool) -> Iterator[Row]:
    """Every threshold is given: left alone, netwatch calls a line above 100 ms dead and is blind for five minutes after boot (manual)."""
    profile = PROFILES[failover.profile]
    patient = span(profile.window)
    latency = "10s" if wan.max_latency is None else _milliseconds(wan.max_latency)
    addresses = failover.probes[wan.name]
    for number, address in enumerate(addresses):
        common: Row = {
            "host": address,
            "type": "icmp",
            "start-delay": _start_delay(profile, number, len(addresses)),
            "startup-delay": "5s",
            "packet-size": 64,
            "up-script": SCRIPT,
            "down-script": SCRIPT,
        }
        yield {
            **common,
            "interval": profile.interval,
            "timeout": profile.timeout,
            "packet-count": profile.packets,
            "packet-interval": profile.spacing,
            **_thresholds("10s", 85),
            "disabled": False,
            "comment": comment(FAILOVER, "probe", wan.name, address),
        }
        yield {
            **common,
            "interval": patient,
            "timeout": "900ms" if failover.profile != "calm" else profile.timeout,
            "packet-count": profile.window - 2,
            "packet-interval": "1s",
            **_thresholds(latency, failover.recover_loss if wan.max_loss is None else wan.max_loss),
            "disabled": not (down or watched(wan)),
            "comment": comment(FAILOVER, "clean", wan.name, address),
        }


def _start_delay(profile: Profile, number: int, count: int) -> str:
    """The entries of a WAN take turns, evenly over an interval: wherever in it a line dies, the quorum's last probe is not far."""
    interval = int(profile.interval.removesuffix("s"))
    return _milliseconds(1000 + 1000 * interval * number // count)


def _thresholds(average: str, loss: int) -> Row:
    """Only the average round trip and the loss decide; what takes longer than `timeout` is lost anyway."""
    return {
        "thr-avg": average,
        "thr-max": "10s",
        "thr-stdev": "10s",
        "thr-jitter": "10s",
        "thr-loss-percent": f"{loss}%",
    }


def _milliseconds(value: int) -> str:
    seconds, rest = divmod(value, 1000)
    return (f"{seconds}s" if seconds else "") + (f"{rest}ms" if rest else "")


def without_hidden(rows: Sequence[Row], found: Sequence[Row]) -> Iterator[Row]:
    """Yield rows of netwatch that ask for no field that the router hides.

    api_modify knows a default of these two, and writes it in each run where a row does not show it. Whether rows show it is not known,
    and an entry that is written begins anew. So where it is hidden, it is asked to be absent, which the row is already. `found` has
    None for what is hidden (`handle_disabled: null-value`); a release that does not know a field has no such key.
    """
    by_comment = {row.get("comment"): row for row in found}
    for row in rows:
        known = by_comment.get(row["comment"], {})
        yield row | {field: None for field in HIDDEN if field in known and known[field] is None}


def uncheck(found: Found) -> list[Step]:
    """Return what takes ``check-gateway`` from the routes of pcc_balance: from now on the probes judge, see `plan.plan`.

    `distance` is left out, and so stays as it is: the control script may change it at any moment.
    """
    ours = f"{comment(BALANCE, 'route')}:"
    rows: list[Row] = [
        {field: row[field] for field in ("dst-address", "gateway", "routing-table", "comment")}
        for row in found.get(ROUTES, ())
        if str(row.get("comment") or "").startswith(ours) and row.get("check-gateway", "none") != "none" and not row.get("disabled")
    ]
    return [add(ROUTES, rows)] if rows else []


def apply_steps(rows: Mapping[str, Sequence[Row]], found: Found) -> list[Step]:
    """Return what to write on a router on which `found` is, in order: ways before probes, the script before what runs it."""
    return [
        *(add(path, rows[path]) for path in (TABLES, ROUTES)),
        *(write(FAILOVER, path, rows[path]) for path in (MANGLE, SCRIPTS, NETWATCH, SCHEDULER)),
        *clear_left(FAILOVER, (ROUTES, TABLES), rows, found),
    ]


def remove_steps() -> list[Step]:
    """Return what to write, in order, to take every row of ours away: what runs the script first."""
    return [clear(FAILOVER, path) for path in (SCHEDULER, NETWATCH, SCRIPTS, MANGLE, ROUTES, TABLES)]


def steps(data: Mapping[str, object], state: str, found: Found, source: str) -> list[Step]:
    """Return the steps for a state, ``present`` or ``absent``; the intent is not read for ``absent``."""
    if state == "absent":
        return remove_steps()
    rows = plan(read_failover(data), source, out_of_use(found))
    rows[NETWATCH] = list(without_hidden(rows[NETWATCH], found.get(NETWATCH, ())))
    return [*apply_steps(rows, found), *uncheck(found)]


def check(data: Mapping[str, object], found: Found | None = None) -> dict[str, list[str]]:
    """Return `errors` (nothing may be written) and `warnings`, each a list of sentences.

    `data` is what `read_failover` takes. Without `found` only the intent itself is checked.
    """
    try:
        failover = read_failover(data)
    except IntentError as error:
        return {"errors": [str(error)], "warnings": []}
    if found is None:
        return {"errors": [], "warnings": []}
    errors = [*_local_probes(failover, found), *_hooks(failover, found), *device_mode(found, ("scheduler",))]
    return {"errors": errors, "warnings": [*_unbalanced(failover, found), *_foreign_watches(failover, found)]}


def _local_probes(failover: Failover, found: Found) -> Iterator[str]:
    own = {str(row.get("address") or "").partition("/")[0] for row in found["ip address"]}
    for index, wan in enumerate(failover.wans):
        for number, address in enumerate(failover.probes[wan.name]):
            if address in own:
                place = f"multiwan_wans[{index}].probes[{number}]"
                yield str(IntentError(place, f"'{address}' is an address of the router; write one behind this line"))


def _hooks(failover: Failover, found: Found) -> Iterator[str]:
    scripts = {str(row.get("name")): row for row in found[SCRIPTS]}
    for option in ("on_down", "on_up"):
        name = getattr(failover, option)
        place = f"failover_netwatch_{option}"
        if not name:
            continue
        if name not in scripts:
            yield str(IntentError(place, f"the router has no script '{name}'; write the name of one of /system script"))
            continue
        wide = set(str(scripts[name].get("policy") or "").split(",")) - set(POLICY.split(","))
        if wide and not scripts[name].get("dont-require-permissions"):
            mend = f"/system script set {literal(name)} policy={POLICY}"
            extra = ",".join(sorted(wide))
            yield str(IntentError(place, f"script '{name}' has the policies {extra}, which the control script has not; write {mend}"))


def _unbalanced(failover: Failover, found: Found) -> Iterator[str]:
    comments = {str(row.get("comment") or "") for row in found[ROUTES]}
    missing = [wan.name for wan in failover.wans if comment(BALANCE, "route", "main", wan.name) not in comments]
    if missing:
        yield f"role pcc_balance has not balanced {', '.join(missing)} yet; until it runs, failover has nothing to steer there"


def _foreign_watches(failover: Failover, found: Found) -> Iterator[str]:
    probed = {address: wan.name for wan in failover.wans for address in failover.probes[wan.name]}
    for row in found[NETWATCH]:
        host = str(row.get("host") or "")
        if host in probed and not str(row.get("comment") or "").startswith(f"{PREFIX}:"):
            label = row.get("comment") or row.get(".id", "")
            yield f"/tool netwatch {label}: it also watches {host}, and from now on by {probed[host]} only"
