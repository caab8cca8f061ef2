# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one place where an error of the plan becomes an error of Ansible."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from ansible.errors import AnsibleFilterError

from .reading import IntentErrors

P = ParamSpec("P")
R = TypeVar("R")


def for_ansible(function: Callable[P, R]) -> Callable[P, R]:
    """Let `function` raise `AnsibleFilterError`, with the same text, where the user's data is wrong."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except IntentErrors as error:
            raise AnsibleFilterError(str(error)) from error

    return wrapped
