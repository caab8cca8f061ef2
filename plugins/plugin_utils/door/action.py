# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the actions of this collection have in common: roles that a run is for, and people who read what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from .. import site
from ..dhcp_alert_telegram.intent import secrets
from ..findings import Finding
from ..pcc_balance.intent import REMOVAL
from ..routeros.names import ALERTS, BALANCE, FAILOVER, ROLES
from . import screen
from .choice import Tags, chosen, comes_later, is_listed
from .hiding import Secrets
from .neighbours import sharing
from .variables import SHARED, UNDEFINED, clearest, misspelt, options, undefined, unseen_hosts, without_value

TOLD = ("place", "problem", "remedy", "command", "refuses", "kind")
"""What plays read of a finding."""


class SiteAction(ActionBase):  # type: ignore[misc]
    """An action for some or all roles of this collection, namely those that the run is for."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False
    _VALID_ARGS = frozenset({"roles"})

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Read what the chosen roles want, then `act`."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self.variables: Mapping[str, Any] = task_vars or {}
        self.host = str(self.variables["inventory_hostname"])
        self.roles = self._chosen()
        if not self.roles:
            return {**result, "changed": False, "skipped": True, "skip_reason": "the tags of this run choose none of the roles"}
        return {**result, **self.act(*self._wanted())}

    def act(self, run: site.Site, problems: Sequence[Finding]) -> dict[str, Any]:
        """Do what the action is for, and return what to tell.

        :param problems: all that is wrong with the user's variables.
        """
        raise NotImplementedError

    def say(self, lines: Sequence[str], *, logged: bool = True) -> None:
        """Show lines to people, each as it is; who reads the results of tasks as JSON is not disturbed.

        :param logged: also write them into Ansible's log, where there is one.
        """
        if not any(word in str(constants.DEFAULT_STDOUT_CALLBACK) for word in ("json", "null")):
            self._display.display(self.secrets.hide("\n".join(lines)), screen_only=not logged)

    def told(self, result: Mapping[str, Any], message: str, findings: Sequence[Finding] = ()) -> dict[str, Any]:
        """Return a result with its message, and findings as data; nothing in it is secret."""
        shown = [
            {key: self.secrets.hide(value) if isinstance(value, str) else value for key, value in asdict(one).items() if key in TOLD}
            for one in findings
        ]
        return {**result, "msg": self.secrets.hide(message), "findings": shown}

    def refused(self, findings: Sequence[Finding]) -> dict[str, Any]:
        """Return a failure that names all that refuses, for people and for plays."""
        self.say(screen.of_refusal(self.host, findings))
        message = "\n".join(finding.text for finding in findings if finding.refuses)
        return self.told({"failed": True, "changed": False}, message, findings)

    def _chosen(self) -> list[str]:
        """The roles that the run is for, of those that the task names."""
        named = self._task.args.get("roles")
        if not isinstance(named, Mapping):
            raise AnsibleActionFail(f"roles: write a mapping of roles, such as {{{ROLES[0]}: {{}}}}")
        if unknown := sorted(set(named) - set(ROLES)):
            raise AnsibleActionFail(f"roles: '{unknown[0]}' is none of {', '.join(ROLES)}")
        wanted = [role for role in ROLES if role in named and boolean((named[role] or {}).get("wanted", True))]
        return chosen(wanted, self._tags())

    def _wanted(self) -> tuple[site.Site, list[Finding]]:
        """What the run is to do, and all that is wrong with the user's variables."""
        problems: list[Finding] = []
        given: dict[str, dict[str, Any]] = {}
        unreadable: set[str] = set()
        for role in self.roles:
            given[role], wrong = options(role, self.variables, self._templar.template)
            problems += wrong
            unreadable |= {role for finding in wrong if finding.kind == UNDEFINED}
        self.secrets = Secrets(*secrets(given.get(ALERTS, {})))
        states = {role: str(values.pop("state", "present")) for role, values in given.items()}
        if set(states.values()) != {"absent"}:  # to take all away, nothing has to be right
            problems[:0] = [*misspelt(self.variables, ROLES), *without_value(SHARED, self.variables, self._templar.template)]
        given.get(ALERTS, {}).pop("changes", None)
        wanted = {role: values for role, values in given.items() if states[role] == "present" and role not in unreadable}
        absent = [role for role in states if states[role] == "absent"]
        goes_anyway = REMOVAL in _words(given.get(BALANCE, {}).get("warn_only"))
        run, wrong = site.read(wanted, absent, self._probes_follow(problems), goes_anyway)
        problems += unseen_hosts(self.variables, self.host)
        problems += self._sharing(run)
        self.tells = self._tells(run, problems)
        return run, clearest([*problems, *wrong])

    def _tags(self) -> Tags:
        return Tags(self._task.tags, self.variables.get("ansible_run_tags", ["all"]), self.variables.get("ansible_skip_tags", []))

    def _sharing(self, run: site.Site) -> list[Finding]:
        """Which other hosts of the play take commands by the bot of this one."""
        alerts = run.intents.get(ALERTS)
        hostvars: Any = self.variables.get("hostvars")
        if alerts is None or not alerts.commands or not hasattr(hostvars, "raw_get"):
            return []

        def within(value: object, variables: Mapping[str, Any]) -> Any:
            return self._templar.copy_with_new_env(available_variables=variables).template(value)

        hosts = list(self.variables.get("ansible_play_hosts_all") or ())
        return sharing(self.host, hosts, alerts.token, self.variables, hostvars.raw_get, within)

    def _tells(self, run: site.Site, problems: list[Finding]) -> bool:
        """Whether people want a message when a run has changed something."""
        wanted = boolean(self._value(f"{ALERTS}_changes", False, problems), strict=False)
        return wanted and (ALERTS in run.intents or ALERTS in run.absent or self._is_listed(ALERTS, problems))

    def _is_listed(self, role: str, problems: list[Finding]) -> bool:
        """Whether a role that this task does not name is listed in this play."""
        if role in self._task.args["roles"]:
            return False
        return is_listed(role, self._play_roles(), self._value(f"{role}_state", "present", problems), self._tags())

    def _probes_follow(self, problems: list[Finding]) -> bool:
        """Whether role failover_netwatch has its turn later in this play."""
        return self._is_listed(FAILOVER, problems) and comes_later(FAILOVER, self.roles, self._play_roles())

    def _value(self, name: str, default: object, problems: list[Finding]) -> Any:
        """The value of a variable of a role that this task may not name; that it is undefined is noted in `problems`."""
        try:
            return self._templar.template(self.variables.get(name, default))
        except AnsibleError as error:
            problems.append(undefined(name, error))
            return default

    def _play_roles(self) -> list[str]:
        return list(self.variables.get("ansible_play_role_names", ()))


def _words(value: object) -> Sequence[object]:
    """What stands in a list, or in place of one."""
    return value if isinstance(value, list) else [value]
