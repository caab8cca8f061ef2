# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""WANs to the default routes of their tables."""

from __future__ import annotations

DOCUMENTATION = r"""
name: route_distances
short_description: WANs to the default routes of their tables
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Returns the routes in the form that M(community.routeros.api_modify) takes for C(ip route).
  - The table of a line holds its own gateway first, the others after it by tier and weight, and a blackhole last;
    the table C(multiwan-main), of what is not balanced, holds all lines by tier and weight.
  - Where C(gateway) is V(dhcp), only the router knows the gateway; here it is an address that leads nowhere.
positional: check_gateway
options:
  _input:
    description: The lines, as in the variable C(multiwan_wans); see role P(multiwan.routeros.pcc_balance#role).
    type: list
    elements: dict
    required: true
  check_gateway:
    description: How the router checks gateways that are addresses; an interface that is its own gateway is never checked.
    type: str
    choices: [ping, arp, none]
    default: ping
"""

EXAMPLES = r"""
- name: Show the distances
  ansible.builtin.debug:
    msg: "{{ multiwan_wans | multiwan.routeros.route_distances }}"
"""

RETURN = r"""
_value:
  description: Rows of C(/ip/route).
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping, Sequence

from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_options
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.routes import route_rows
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Row


def route_distances(wans: Sequence[Mapping[str, object]], check_gateway: str = "ping") -> list[Row]:
    """Return the routes."""
    options = read_options({"check_gateway": check_gateway}, prefix="")
    return route_rows(read_wans(wans), options.check_gateway)


class FilterModule:
    """WANs to the default routes of their tables."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"route_distances": for_ansible(route_distances)}
