# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the actions that talk to a router have in common: they are the only things in this collection that do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from ansible.errors import AnsibleError
from ansible.executor import module_common

from .. import site
from ..findings import Finding
from ..reading import IntentErrors, read_text, read_truth
from ..routeros.names import ALERTS, FAILOVER, ROLES
from ..routeros.templates import prepare
from .action import SiteAction
from .engine import MODULES, ByModule, Engine, InWorker, Result
from .keeping import folder
from .problems import MODULE_DEFAULTS, SCRIPTS, TOKENS, WRITING
from .reach import VARIABLES, wrong
from .router import Router, RouterProblem
from .variables import BACKUP, CONFIRM, specification, undefined, without_value

# As with the modules in `engine`: done by the process that forks, and so once for all routers and tasks
for _role in ROLES:
    specification(_role)
    prepare(_role)


def needed(run: site.Site) -> tuple[str, ...]:
    """Return the policies that a run has to have, by the roles that it writes."""
    scripts = SCRIPTS if run.intents.keys() & {FAILOVER, ALERTS} else ()
    return (*WRITING, *scripts, *(TOKENS if ALERTS in run.intents else ()))


class RouterAction(SiteAction):
    """An action that talks to one router, over one connection."""

    def told(self, result: Mapping[str, Any], message: str, findings: Sequence[Finding] = ()) -> dict[str, Any]:
        """See `SiteAction`; besides, `engine` says how the modules were run: ``worker`` or ``modules``."""
        return {**super().told(result, message, findings), "engine": self._way()}

    @contextlib.contextmanager
    def router(self) -> Iterator[Router]:
        """Give a connection, for as long as the block lasts."""
        router = Router(self._engine(), self._reach[0])
        try:
            yield router
        finally:
            router.close()

    def look(self, router: Router, run: site.Site, problems: Sequence[Finding]) -> site.Checked:
        """Return what a run is to write, checked against the router. A router that cannot be asked is a finding like others."""
        if self._reach[1]:
            return site.Checked().with_problems(problems)
        try:
            refusals = list(router.refusals(needed(run)))
            refused = any(finding.refuses for finding in refusals)
            checked = site.check(run, router.found(site.reads(run, router.user))) if not refused else site.Checked()
        except RouterProblem as trouble:
            refusals, checked = [trouble.finding], site.Checked()
        return checked.with_problems([*problems, *refusals])

    def _wanted(self) -> tuple[site.Site, list[Finding]]:
        """See `SiteAction`; besides, what is wrong with how to reach the router, and whether a run is confirmed and has a backup."""
        run, problems = super()._wanted()
        try:
            self.confirms = read_truth(self._value(CONFIRM, True, problems), CONFIRM)
            beside = folder(self.variables.get("inventory_dir"), self.variables.get("ansible_inventory_sources") or ())
            self.backups = _folder(self._value(BACKUP, beside, problems))
        except IntentErrors as wrong:
            problems += wrong.findings
        return run, [*problems, *self._reach[1]]

    def _way(self) -> str:
        """In the worker, unless the task is for another machine, or ansible-core and community.routeros are not as we know them."""
        cli = "ansible_network_os" in self.variables and not self._task.delegate_to  # such connections run modules here as well
        here = self._connection.transport == "local" or cli or self._leads_to_router()
        return "worker" if here and InWorker.can() else "modules"

    def _leads_to_router(self) -> bool:
        """Whether the connection of the inventory is one to the router, which runs no Python."""
        reach, problems = self._reach
        address = self.variables.get("ansible_host", self.host)
        return not self._task.delegate_to and not problems and reach["api"]["hostname"] == self._templar.template(address)

    def _engine(self) -> Engine:
        return InWorker() if self._way() == "worker" else ByModule(self._execute)

    def _execute(self, name: str, arguments: dict[str, object], check: bool) -> Result:
        """Has Ansible run a module; what it is given stands in no log, and where the connection knows pipelining in no file."""
        before = self._task.check_mode, self._task.no_log
        self._task.check_mode, self._task.no_log = check, True
        with contextlib.suppress(KeyError, AttributeError):  # a connection that knows no pipelining
            self._connection.set_option("pipelining", True)
        try:
            result: Result = self._execute_module(module_name=name, module_args=arguments, task_vars=self.variables)
            return result
        finally:
            self._task.check_mode, self._task.no_log = before

    @cached_property
    def _reach(self) -> tuple[dict[str, dict[str, Any]], list[Finding]]:
        """By module, how to reach the router, as users write it for community.routeros: as defaults of its modules or of their group.

        Behind it, what is wrong with that.
        """
        problems = list(without_value(VARIABLES.values(), self.variables, self._templar.template))
        try:
            given = {module: self._defaults_of(f"community.routeros.{module}") for module in MODULES}
        except AnsibleError as error:
            return {}, problems or [undefined(MODULE_DEFAULTS, error)]
        return given, problems or wrong(given["api"], self.variables)

    def _defaults_of(self, name: str) -> dict[str, Any]:
        if hasattr(module_common, "_apply_action_arg_defaults"):  # 2.19 and newer
            given = module_common._apply_action_arg_defaults(name, self._task, {}, self._templar)
        else:
            groups = self._task._parent._play._action_groups
            given = module_common.get_action_args_with_defaults(name, {}, self._task.module_defaults, self._templar, action_groups=groups)
        omitted = self.variables.get("omit")
        return {name: value for name, value in given.items() if value is not None and value != omitted}


def _folder(value: object) -> str:
    """A folder of the user's; empty for none."""
    if value in ("", None, False):
        return ""
    return read_text(value, BACKUP, 4096)
