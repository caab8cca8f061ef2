# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The user's variables: which ones are ours, what they hold, which ones are misspelt.

Which options a role has stands in its ``meta/argument_specs.yml`` and nowhere else.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.yaml import yaml_load

from ..findings import INTENT, Finding

ROLES = Path(__file__).parents[3] / "roles"

HOSTS, CONFIRM, BACKUP = "multiwan_hosts", "multiwan_commit_confirm", "multiwan_backup"
SHARED = ("multiwan_wans", "multiwan_lan_interfaces", "multiwan_unmarked", "multiwan_take_over")
"""What several roles take, by their defaults."""
PLAYBOOKS = (
    *(HOSTS, "multiwan_api_port", "multiwan_api_username", "multiwan_api_password", "multiwan_api_tls"),
    *("multiwan_api_validate_certs", "multiwan_api_validate_cert_hostname", "multiwan_api_ca_path", "multiwan_api_timeout"),
    *("multiwan_api_fingerprint", CONFIRM, BACKUP),
    *("multiwan_status_seconds", "multiwan_status_json", "multiwan_status_prometheus"),
)
"""What the playbooks take besides."""
UNDEFINED, TYPE, MISSPELT = "undefined", "type", "misspelt"
"""Kinds of findings about variables."""
SIMILAR = 0.8
"""From here on two names look alike: 1.0 is the same name."""

Variables = Mapping[str, Any]
Template = Callable[[Any], Any]
"""Gives the value of what may be a template.

Raises `AnsibleError` where it has none.
"""


@cache
def specification(role: str) -> dict[str, Any]:
    """Return what each option of a role is, by the whole name of its variable, in the form of an argument specification."""
    with (ROLES / role / "meta" / "argument_specs.yml").open(encoding="utf-8") as file:
        options: dict[str, Any] = yaml_load(file)["argument_specs"]["main"]["options"]
    return options


def options(role: str, variables: Variables, template: Template) -> tuple[dict[str, Any], list[Finding]]:
    """Return the values of a role's options by their short names, and what is wrong with them.

    A variable that is not there is not among them. Of a role that is to go only its state counts, and what may be as it is, if that can
    be read.
    """
    values: dict[str, Any] = {}
    problems = []
    goes = str(_state(role, variables, template)) == "absent"
    for name in specification(role):
        spared = goes and name == f"{role}_warn_only"
        if name in variables and (name == f"{role}_state" or spared or not goes):
            try:
                values[name] = template(variables[name])
            except AnsibleError as error:
                problems += [undefined(name, error, variables[name], template)] if not spared else []
    problems = problems or list(_of_another_type(role, values) if not goes else ())
    return {name.removeprefix(f"{role}_"): value for name, value in values.items()}, problems


def _state(role: str, variables: Variables, template: Template) -> object:
    """What is to become of a role; that it is undefined is told with the other options."""
    with contextlib.suppress(AnsibleError):
        return template(variables.get(f"{role}_state", "present"))
    return "present"


def without_value(names: Iterable[str], variables: Variables, template: Template) -> Iterator[Finding]:
    """Yield what has no value among these variables, those that are there.

    ``multiwan_api_username | default('multiwan')`` is the default where the variable holds one that is undefined, without a word, and for
    ansible-core 2.18 so is ``multiwan_wans | default([])`` where that stands somewhere in the list.
    """
    for name in names:
        if name in variables:
            try:
                template(variables[name])
            except AnsibleError as error:
                yield undefined(name, error, variables[name], template)


def unseen_hosts(variables: Variables, host: str) -> list[Finding]:
    """Return that this run is not for those whom ``multiwan_hosts`` names: where hosts are chosen, no variable of an inventory is seen.

    Of a pattern of several words nothing is said.
    """
    hosts = str(variables.get(HOSTS) or "")
    groups = variables.get("groups", {})
    if not hosts or hosts == host or host in groups.get(hosts, ()) or not hosts.replace("-", "_").isidentifier():
        return []
    problem = f"'{hosts}' is in the inventory, where a play's hosts are not looked up, so this run is for '{host}'"
    return [Finding(HOSTS, problem, f"write it as -e {HOSTS}={hosts}, or call the group routers", kind="hosts")]


def undefined(place: str, error: AnsibleError, value: object = None, template: Template | None = None) -> Finding:
    """Return what is wrong with a variable that has no value, in few words.

    :param value: what was written, to find the place inside it by `template`, such as ``multiwan_wans[0].gateway``.
    """
    for at, part in _parts(place, value):
        try:
            template(part) if template else None
        except AnsibleError as inner:
            return undefined(at, inner, part, template)
    said = str(getattr(error, "message", error)).strip().rsplit("\n", 1)[-1]
    name = re.search(r"'([^']+)' is undefined", str(error))
    problem = f"'{name[1]}' is undefined" if name else said.rstrip(".")
    remedy = f"{'define' if name else 'mend'} it, or write the value itself"
    if re.search(r"undecryptable|[Dd]ecrypt|vault secret", str(error)):
        problem, remedy = "it cannot be decrypted", "give the password of the vault, such as --vault-password-file"
    return Finding(place=place, problem=problem, remedy=remedy, kind=UNDEFINED, refuses=True)


def _parts(place: str, value: object) -> Iterator[tuple[str, object]]:
    """What stands in a list or a mapping, behind its place."""
    if isinstance(value, Mapping):
        yield from ((f"{place}.{key}", part) for key, part in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        yield from ((f"{place}[{index}]", part) for index, part in enumerate(value))


def _of_another_type(role: str, values: Mapping[str, Any]) -> Iterator[Finding]:
    """What Ansible itself refuses of a role that is listed or included, but not where the playbooks gather what the roles are to do."""
    result = ArgumentSpecValidator(specification(role)).validate(dict(values))
    for message in result.error_messages:
        place = next(iter(re.findall(rf"\b{role}_\w+", message)), role)
        yield Finding(place=place, problem=message, remedy=f"see ansible-doc -t role multiwan.routeros.{role}", kind=TYPE, refuses=True)


def clearest(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings without those that only follow from others, or say the same in other words.

    What is undefined is said once, of the variable that the user wrote; what a role reads instead of it is nobody's fault. Of a wrong value
    the role's own words are better than those of Ansible's check of types, which name `pcc_balance_wans` where the user wrote
    `multiwan_wans`. Two roles may read one variable.
    """
    undefined_by = {finding.problem: finding for finding in reversed(findings) if finding.kind == UNDEFINED}
    undefined_here = {_root(finding) for finding in undefined_by.values()}
    worded = {_root(finding) for finding in findings if finding.kind == INTENT}
    kept = [
        finding
        for finding in findings
        if undefined_by.get(finding.problem, finding) is finding
        and not (finding.kind in (TYPE, INTENT) and _root(finding) in undefined_here)
        and not (finding.kind == UNDEFINED and _shared(finding) in undefined_here - {_root(finding)})
        and not (finding.kind == TYPE and {_root(finding), _shared(finding)} & worded)
    ]
    return list({finding.text: finding for finding in kept}.values())


def _root(finding: Finding) -> str:
    """The variable that a finding is about, of ``multiwan_wans[1].gateway``."""
    return re.split(r"[.\[]", finding.place)[0]


def _shared(finding: Finding) -> str:
    """The variable of several roles that the one of a finding may have its value from."""
    return f"multiwan_{_root(finding).removeprefix(_beginning(_root(finding)))}"


def misspelt(variables: Iterable[str], roles: Collection[str]) -> Iterator[Finding]:
    """Yield variables that look like one of ours; others that begin as ours do are somebody else's."""
    known = {*SHARED, *PLAYBOOKS, *(name for role in roles for name in specification(role))}
    beginnings = tuple({name[:4] for name in known})
    for name in variables:
        if name.startswith(beginnings) and name not in known and (meant := _meant(name, known)):
            yield Finding(place=name, problem="there is no such variable", remedy=f"did you mean '{meant}'?", kind=MISSPELT, refuses=True)


def _meant(name: str, known: Collection[str]) -> str:
    """The variable that somebody may have meant; nothing where none is like it, or where a word or a number was added to it on purpose."""
    best = max(known, key=lambda other: _alike(name, other))
    longer = re.match(rf"{best}[_0-9]", name)
    return best if _alike(name, best) >= SIMILAR and not longer else ""


def _alike(name: str, other: str) -> float:
    """How alike two names are, as a whole and without their common beginning, which says nothing.

    Of two names of ours that begin differently (``multiwan_password``, ``multiwan_api_password``) neither is the other, misspelt.
    """
    if _beginning(name) != _beginning(other) and _beginning(name):
        return 0.0
    pairs = ((name, other), (name.removeprefix(_beginning(name)), other.removeprefix(_beginning(other))))
    return min(difflib.SequenceMatcher(None, *pair).ratio() for pair in pairs)


def _beginning(name: str) -> str:
    return next((beginning for beginning in _BEGINNINGS if name.startswith(beginning)), "")


_BEGINNINGS = ("multiwan_api_", "multiwan_", "pcc_balance_", "failover_netwatch_", "dhcp_alert_telegram_")
