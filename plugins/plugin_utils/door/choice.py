# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which roles a run is for: one task serves them all, so it has to see by itself what ``--tags`` and ``--skip-tags`` choose."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

ALWAYS = "always"


@dataclass(frozen=True)
class Tags:
    """What is chosen by tags.

    :param task: those of the task, with what it has inherited.
    :param run: those of ``--tags``; ``all`` where nobody gave any.
    :param skip: those of ``--skip-tags``.
    """

    task: Collection[str]
    run: Collection[str]
    skip: Collection[str]


def chosen(roles: Sequence[str], tags: Tags) -> list[str]:
    """Return those of `roles` that the run is for; a role's tag is its name.

    A task that is not tagged ``always`` is run only where Ansible itself has chosen it, and then for all its roles; so it is where a tag
    that the task has inherited, such as that of somebody's ``import_playbook``, is asked for.
    """
    own = set(tags.task) - {ALWAYS, *roles}
    whole = ALWAYS not in tags.task or bool({"all", "tagged", *own} & set(tags.run))
    skipped = set(tags.skip)
    return [role for role in roles if (whole or role in tags.run) and not {role, "tagged"} & skipped]


def is_listed(role: str, play_roles: Sequence[str], state: object, tags: Tags) -> bool:
    """Return whether a role that another task is for is listed in this play, to be present and chosen by tags.

    :param play_roles: the names of the play's roles, as ``ansible_play_role_names`` has them.
    :param state: the role's own variable for that, if it has one already.
    """
    chosen_too = bool({"all", "tagged", role} & set(tags.run)) and not {role, "tagged"} & set(tags.skip)
    return _last(role, play_roles) >= 0 and chosen_too and str(state) != "absent"


def comes_later(role: str, roles: Sequence[str], play_roles: Sequence[str]) -> bool:
    """Return whether a listed role comes behind those that this task is for.

    A role that is included gets its place when it is included, so each time a role has its turn it is the last one of its name that counts.
    """
    return _last(role, play_roles) > max((_last(own, play_roles) for own in roles), default=-1)


def _last(role: str, play_roles: Sequence[str]) -> int:
    """The last place of a role among those of the play, -1 if it is not there."""
    return max((place for place, name in enumerate(play_roles) if name in (role, f"multiwan.routeros.{role}")), default=-1)
