# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The house, as docs/architecture.md draws it: each floor knows only those below it, and what is planned knows no Ansible."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "plugins" / "plugin_utils"
ROLES = ("pcc_balance", "failover_netwatch", "dhcp_alert_telegram")
#: What all roles of a run do together, how they are, and what they have made of a router.
TOGETHER = ("site", "status", "explain")
#: The edge to Ansible and to a connection; nothing leans on it.
EDGE = ("door", "filter_errors")
#: What plans may use besides Python's own.
TEMPLATES = "routeros/templates"
FILES = sorted(path for path in HOUSE.rglob("*.py") if path.name != "__init__.py")


def imported(path: Path) -> Iterator[str]:
    """What a module imports: a name such as ``ansible.errors``, or a place in the house such as ``routeros/rows``."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
        elif isinstance(node, ast.ImportFrom):
            folder = path.parents[node.level - 1].relative_to(HOUSE)
            places = [node.module] if node.module else [name.name for name in node.names]
            yield from (str(folder / place.replace(".", "/")) for place in places)


def room(place: str) -> str:
    """A role, ``routeros``, what is above the roles, the edge, or what roles share."""
    first = place.partition("/")[0]
    return first if first in ("routeros", *TOGETHER, *ROLES) else "edge" if first in EDGE else "shared"


def place_of(path: Path) -> str:
    return str(path.relative_to(HOUSE).with_suffix(""))


@pytest.mark.parametrize("path", FILES, ids=place_of)
def test_each_floor_knows_only_those_below_it(path: Path) -> None:
    ground, roles = {"routeros", "shared"}, {"routeros", "shared", *ROLES}
    below = {
        "routeros": {"routeros"},
        "shared": ground,
        **{place: {*roles, place} for place in TOGETHER},
        "edge": {*roles, *TOGETHER, "edge"},
    }
    mine = room(place_of(path))
    inside = {place for place in imported(path) if (HOUSE / f"{place}.py").exists() or (HOUSE / place).is_dir()}
    assert {place for place in inside if room(place) not in below.get(mine, {"routeros", "shared", mine})} == set()
    outside = {name.partition(".")[0] for name in set(imported(path)) - inside}
    allowed = {"jinja2"} if place_of(path) == TEMPLATES else set()
    assert mine == "edge" or not outside & {"ansible", "ansible_collections", "librouteros", "jinja2"} - allowed


def test_a_role_has_the_same_name_everywhere() -> None:
    for role in ROLES:
        for folder in (HOUSE, ROOT / "roles", ROOT / "tests" / "unit", ROOT / "molecule"):
            assert (folder / role).is_dir()
        assert {"intent.py", "plan.py", "preflight.py"} <= {file.name for file in (HOUSE / role).iterdir()}


def test_every_file_is_in_the_picture() -> None:
    picture = (ROOT / "docs" / "architecture.md").read_text()
    assert [place_of(path) for path in FILES if f"{path.name}`" not in picture] == []
