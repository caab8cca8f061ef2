# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What went wrong between us and the router, as a finding that says what to mend.

The words come from the modules of community.routeros, which pass on those of librouteros, of Python's ssl and of the router.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..findings import Finding
from ..routeros.names import PREFIX
from ..routeros.rows import Row
from ..routeros.spelling import word

Result = Mapping[str, object]
"""What a module of community.routeros returned."""

MODULE_DEFAULTS = "module_defaults of the group community.routeros.api"

READING = ("read",)
"""The policy of who only looks."""
WRITING = ("read", "write")
"""Of the manual ("User", Policies): who changes the configuration needs write, and read belongs to all that read."""
SCRIPTS = ("test",)
"""Our scripts ping and fetch; that a script may do no more than whoever has added it is inferred from the manual ("Scripting")."""
TOKENS = ("sensitive",)
"""Who reads the passwords of others needs it (the same), and as such a password the token of a bot is kept."""

SHIPPED = ("read", "write", "full")
"""The groups that RouterOS brings along (manual, "User")."""
ERRNO = re.compile(r"\[Errno -?[0-9]+\] ")
"""Numbers of the system's errors, which say nothing to people."""

#: What a connection that cannot be made is told by, and the remedy; fields are those of `unreachable`.
_CONNECTING = (
    (
        r"Connection refused",
        "nothing listens there; write /ip service set {service} disabled=no on the router, or its port as multiwan_api_port",
    ),
    (
        r"handshake operation timed out|WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE|record layer failure|UNKNOWN_PROTOCOL",
        "TLS is not spoken there; write the port of api-ssl as multiwan_api_port",
    ),
    (
        r"timed out|No route to host|unreachable",
        "no answer; check ansible_host, and that neither a firewall nor the address= of /ip service {service} keeps you out",
    ),
    (
        r"Name or service not known|name resolution|No address associated|nodename nor servname|'idna' codec",
        "this name has no address; write the router's address as ansible_host",
    ),
    (
        r"invalid user name or password|cannot log in",
        "the router does not let '{username}' in; check multiwan_api_username and multiwan_api_password, "
        "and that /user has it enabled, in a group with the policy api",
    ),
    (
        r"(Hostname|IP address) mismatch",
        "the router's certificate is for another name; write a name that it has as ansible_host, or make one with this name",
    ),
    (r"certificate has expired", "the router's certificate has expired; give the router a new one"),
    (r"certificate is not yet valid", "the router's certificate is not valid yet; check the clocks, here and with /system clock there"),
    (
        r"CERTIFICATE_VERIFY_FAILED",
        "the router's certificate is not signed by a CA that is trusted here; write the file of its CA as multiwan_api_ca_path",
    ),
    (
        r"No such file or directory|Permission denied|Is a directory",
        "the file multiwan_api_ca_path cannot be read; write the file of the router's CA",
    ),
    (
        r"NO_CERTIFICATE_OR_CRL_FOUND|PEM lib|NO_START_LINE",
        "the file multiwan_api_ca_path holds no certificate in PEM; write the file of the router's CA",
    ),
    (
        r"HANDSHAKE_FAILURE|EOF occurred|UNEXPECTED_EOF|closed \(EOF\)|Connection reset|unexpectedly closed",
        "the router hangs up; give {service} a certificate with /ip service set {service} certificate=...",
    ),
)
_WITHOUT_TLS = "the router hangs up; it may be api-ssl that listens there: write multiwan_api_tls: true"

LOST = "the connection was lost"
MAY_NOT = "the user may not do this"
_ASKING = (
    (
        r"not enough permissions",
        f"{MAY_NOT}; on the router, put it into a group with the policies "
        f"{', '.join(('api', *WRITING, *SCRIPTS))} and, for alerts, {', '.join(TOKENS)}: /user group set ... policy=...",
    ),
    (
        r"unexpectedly closed|reset by peer|Broken pipe|timed out|Error while connecting",
        f"{LOST}; run it again: what is written stays, and the rest follows",
    ),
)


def problem(result: Result, doing: str, secret: bool = False) -> Finding | None:
    """Return why a module of community.routeros could not do its work; nothing where it could.

    :param doing: the path that it reads, or the name of the step that it writes.
    :param secret: what the router has said of it may hold a secret, and is never shown.
    """
    if not result.get("failed"):
        return None
    said = _said(result)
    if library := re.search(r"required Python library \(librouteros\).*?(?:Python (\S+?))?\. ", said):
        python = f"Python{f' {library[1]}' if library[1] else ''}"
        return _finding(python, "it has no librouteros, which talks to routers; install it there with pip")
    if missing := re.fullmatch(r"missing required arguments: (.*)", said):
        return _finding(MODULE_DEFAULTS, f"{missing[1]} missing; write them as playbooks/site.yml does")
    if wrong := re.match(r"argument '(\w+)' is of type .* unable to convert to (\w+)", said):
        remedy = f"write another value, with our playbooks as multiwan_api_{wrong[1]}"
        return _finding(MODULE_DEFAULTS, f"{wrong[1]} is not of type {wrong[2]}; {remedy}")
    if unknown := re.match(r"Unsupported parameters for \((\S+)\) module: ([^.]+)\.", said):
        return _finding(MODULE_DEFAULTS, f"{unknown[1]} does not know {unknown[2]}; see ansible-doc {unknown[1]}")
    connection = result.get("connection")
    if isinstance(connection, Mapping):
        return unreachable(connection, said.removeprefix("Error while connecting: "))
    return _finding(doing, _refusal(said, secret))


def _finding(place: str, words: str) -> Finding:
    trouble, _separator, remedy = words.partition("; ")
    return Finding(place=place, problem=trouble, remedy=remedy, kind="connection", refuses=True)


def _said(result: Result) -> str:
    """The words of a failure: module api has a list of them."""
    message = result.get("msg")
    words = [message] if isinstance(message, str) else message if isinstance(message, Sequence) else []
    return " ".join(word for word in words if isinstance(word, str)) or "it failed without a word"


def unreachable(connection: Result, said: str) -> Finding:
    """Return why a router could not be reached.

    :param connection: what was tried: hostname, port, ssl, username.
    :param said: the words of whoever has tried.
    """
    place = f"{connection.get('hostname')}, port {connection.get('port')}"
    tls = bool(connection.get("ssl"))
    words = {"service": "api-ssl" if tls else "api", "username": connection.get("username")}
    if not tls and re.search(r"unexpectedly closed|Connection reset", said):
        return _finding(place, _WITHOUT_TLS)
    return _finding(place, next((text.format(**words) for pattern, text in _CONNECTING if re.search(pattern, said)), ERRNO.sub("", said)))


def _refusal(said: str, secret: bool) -> str:
    known = next((text for pattern, text in _ASKING if re.search(pattern, said)), "")
    return known or ("the router refuses it, in words that may hold the secret and are not shown" if secret else said)


def rights_problem(users: Sequence[Row], groups: Sequence[Row], name: str, needed: Sequence[str] = WRITING) -> Finding | None:
    """Return what a user may not do and has to; nothing where it may, or where its group is not known, as that of RADIUS.

    A group that RouterOS brings along stays as it is; the user gets the one that playbook prepare makes.

    :param users: rows of ``/user``, none where they may not be read.
    :param groups: rows of ``/user/group``.
    :param needed: the policies that a run has to have. What its scripts may is more than what it does itself: RouterOS refuses scripts
        that may more than their owner, when they are written or when they are to run (the lab plays both).
    """
    group = next((str(row.get("group")) for row in users if row.get("name") == name), "")
    granted = {str(row.get("name")): _granted(row) for row in groups}
    lacking = [word for word in needed if word not in granted.get(group, needed)]
    if not lacking:
        return None
    if group in SHIPPED:
        make = f"set {PREFIX}" if PREFIX in granted else f"add name={PREFIX}"
        policies = dict.fromkeys((*granted.get(PREFIX, ()), "api", *needed))
        command = f"/user group {make} policy={','.join(policies)}\n/user set {word(name)} group={PREFIX}"
    else:
        command = f"/user group set {word(group)} policy={','.join((*granted[group], *lacking))}"
    return Finding(
        place="multiwan_api_username",
        problem=f"'{name}' is in the group '{group}', which lacks the policy {' and '.join(lacking)}",
        command=command,
        kind="rights",
    )


def _granted(group: Row) -> list[str]:
    return [policy for policy in str(group.get("policy") or "").split(",") if policy and not policy.startswith("!")]
