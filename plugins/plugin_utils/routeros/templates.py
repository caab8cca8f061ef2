# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scripts for the router, rendered from the templates of a role. Ansible is not needed for that."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROLES = Path(__file__).parents[3] / "roles"
SHARED = Path(__file__).parent
"""Pieces of more than one role's scripts."""


def render(role: str, template: str, variables: Mapping[str, object]) -> str:
    """Return a template of `role`, filled in. Values come in as RouterOS writes them, see `spelling`."""
    return _environment(role).get_template(template).render(variables)


def prepare(role: str) -> None:
    """Compile all templates of `role`, for whoever forks before it renders them."""
    environment = _environment(role)
    for name in environment.list_templates(extensions=("j2",)):
        environment.get_template(name)


@cache
def _environment(role: str) -> Environment:
    """As Ansible renders templates; a script is no HTML, so nothing is escaped."""
    return Environment(
        loader=FileSystemLoader([ROLES / role / "templates", SHARED]),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
