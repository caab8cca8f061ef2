# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What somebody asks: which line takes the connection from one address to another, now or in an outage."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from ..lines import Wan
from ..reading import IntentError, Problems, did_you_mean, kind_of, read_choice, read_host

WITH_PORTS = frozenset({"tcp", "udp"})
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "gre": 47, "ipsec-esp": 50, "ipsec-ah": 51}
"""The protocols that can be asked for, by the console's names, with IANA's numbers."""

KEYS = ("from", "to", "during", "by", "at")
"""What a question is made of, as the user calls it."""

ROUTER, PLAN = "router", "plan"
"""Where the rows come from that are walked."""

_EXAMPLE = "198.51.100.7:443/tcp"
_SOURCE = re.compile(r"(?P<host>[^:/]*)(?::(?P<port>[0-9]{1,9}))?")
_TARGET = re.compile(r"(?P<host>[^:/]*)(?::(?P<port>[0-9]{1,9}))?(?:/(?P<protocol>[a-z-]+))?")


@dataclass(frozen=True)
class Question:
    """One connection, by who begins it and where it is to go.

    :param source_port: None where it is not said, or where the protocol has none.
    :param port: None where the protocol has none.
    :param protocol: one of `PROTOCOLS`.
    :param during: the names of the lines that are taken to be out of use, besides those that are.
    :param by: the name of the line by which it comes in from outside; empty where that is not said.
    :param at: the time of the week, as the user writes it; empty for now.
    """

    source: IPv4Address
    destination: IPv4Address
    protocol: str
    port: int | None = None
    source_port: int | None = None
    during: frozenset[str] = frozenset()
    by: str = ""
    at: str = ""

    @property
    def ends(self) -> str:
        """The connection as people write it: ``192.168.88.70 to 198.51.100.7:443/tcp``."""
        return f"{_written(self.source, self.source_port)} to {_written(self.destination, self.port)}/{self.protocol}"


def read_question(data: Mapping[str, object], wans: Sequence[Wan]) -> Question:
    """Return what is asked: `from`, `to`, and where they are given `during` (a name, several with commas, or a list), `by` and `at`.

    Raises `IntentErrors` with all that is wrong.
    """
    problems = Problems()
    nobody = IPv4Address("0.0.0.0")
    source, source_port = problems.read((nobody, None), _read_source, data.get("from"))
    destination, port, protocol = problems.read((nobody, None, ""), _read_target, data.get("to"))
    names = [wan.name for wan in wans]
    during = problems.read(frozenset[str](), _read_lines, data.get("during"), names)
    by = problems.read("", _read_line, str(data["by"]), "by", names) if data.get("by") else ""
    if source_port and protocol and protocol not in WITH_PORTS:
        problems.note("from", f"{protocol} has no ports", f"write {source}")
    if source == destination != nobody:
        problems.note("to", f"{destination} is where the connection comes from", "write where it goes")
    problems.refuse()
    return Question(source, destination, protocol, port, source_port, during, by, str(data.get("at") or ""))


def read_source_of_rows(value: object) -> str:
    """Return where the rows are to come from, one of `ROUTER` and `PLAN`."""
    return read_choice(value or ROUTER, "rows", (ROUTER, PLAN))


def _written(address: IPv4Address, port: int | None) -> str:
    return str(address) if port is None else f"{address}:{port}"


def _read_source(value: object) -> tuple[IPv4Address, int | None]:
    text = _text(value, "from", "192.168.88.70")
    found = _SOURCE.fullmatch(text)
    if found is None:
        raise IntentError(
            "from", f"'{text}' is not an IPv4 address", "write the address of who begins the connection, such as 192.168.88.70"
        )
    return _host(found["host"], "from"), _port(found["port"], "from")


def _read_target(value: object) -> tuple[IPv4Address, int | None, str]:
    text = _text(value, "to", _EXAMPLE)
    found = _TARGET.fullmatch(text)
    if found is None:
        raise IntentError("to", f"'{text}' is not an address with its port and protocol", f"write one such as {_EXAMPLE}")
    host, port, protocol = _host(found["host"], "to"), _port(found["port"], "to"), found["protocol"]
    if protocol is None:
        raise IntentError("to", f"'{text}' says no protocol", f"write {host}:{port or 443}/tcp, {host}:{port or 443}/udp or {host}/icmp")
    if protocol not in PROTOCOLS:
        near = did_you_mean(protocol, list(PROTOCOLS))
        raise IntentError("to", f"'{protocol}' is none of the protocols that are known here{near}", f"write one of {', '.join(PROTOCOLS)}")
    if protocol in WITH_PORTS and port is None:
        raise IntentError("to", f"'{text}' says no port", f"write {host}:443/{protocol}")
    if protocol not in WITH_PORTS and port is not None:
        raise IntentError("to", f"{protocol} has no ports", f"write {host}/{protocol}")
    return host, port, protocol


def _text(value: object, place: str, example: str) -> str:
    """An address of IPv6 is told from a port before anything else is read."""
    if value is None or value == "":
        raise IntentError(place, "missing", f"write it, such as {place}={example}")
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise IntentError(place, f"write one such as {example}, not {kind_of(value)}")
    text = str(value).strip()
    try:
        IPv6Address(re.sub(r"^\[|\](:[0-9]+)?(?=/|$)", "", text).partition("/")[0])
    except ValueError:
        return text
    raise IntentError(place, f"'{text}' is an address of IPv6, and only IPv4 is balanced", f"write one of IPv4, such as {example}")


def _host(text: str, place: str) -> IPv4Address:
    """What is a name has as many addresses as somebody's DNS says, and each may go by another line."""
    if re.search(r"[A-Za-z]", text):
        raise IntentError(place, f"'{text}' is a name, and each of its addresses may go by another line", "write an address of it")
    return read_host(text, place)


def _port(text: str | None, place: str) -> int | None:
    if text is not None and not 1 <= int(text) <= 65535:
        raise IntentError(place, f"{text} is no port", "write one from 1 to 65535")
    return None if text is None else int(text)


def _read_lines(value: object, names: Sequence[str]) -> frozenset[str]:
    if value is None or value == "":
        return frozenset()
    if isinstance(value, Mapping | bool) or not isinstance(value, str | int | Sequence):
        raise IntentError("during", f"write the name of a line, or several with commas, not {kind_of(value)}")
    written = str(value).split(",") if isinstance(value, str | int) else value
    problems = Problems()
    lines = [problems.read("", _read_line, str(name).strip(), "during", names) for name in written]
    problems.refuse()
    return frozenset(lines)


def _read_line(name: str, place: str, names: Sequence[str]) -> str:
    if name not in names:
        raise IntentError(place, f"'{name}' is the name of no line{did_you_mean(name, names)}", f"write one of {', '.join(names)}")
    return name
