# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A managed switch between one port of the router and several others: VLANs on the trunk, plain frames behind."""

from __future__ import annotations

from .links import End, connect
from .namespace import Namespace
from .tags import Hook, Membership, Programs, sorting

NATIVE = 1
"""The VLAN inside the switch of frames that the router sends without a tag."""


class Switch:
    """A switch, whose trunk the router is plugged into."""

    def __init__(self, name: str) -> None:
        self.namespace = Namespace(name)
        self.trunk = End(self.namespace, "trunk")
        self._programs = Programs()
        self._vlans: dict[str, int] = {}
        self._bridge = End(self.namespace, "switch")
        self.namespace.filter_bridged(False)
        self.namespace.inside(lambda: self.namespace.netlink.link("add", ifname="switch", kind="bridge"))
        self._bridge.configure()

    def add(self, far: End, vlan: int) -> None:
        """Plugs somebody in.

        :param vlan: the tag that its frames have on the trunk; 0: none.
        """
        port = End(self.namespace, f"port{len(self._vlans) + 1}")
        connect(port, far)
        self._enslave(port)
        self._vlans[port.device] = vlan or NATIVE

    def start(self) -> None:
        """Lets frames pass, once the trunk's cable lies and all are plugged in; without tags it is a plain switch.

        :raises NotPlayed: where the kernel plays no tags.
        """
        self._enslave(self.trunk)
        vlans = frozenset(self._vlans.values())
        if vlans == {NATIVE}:
            return
        ports = {name: Membership(vlan, frozenset({vlan}), frozenset({vlan})) for name, vlan in self._vlans.items()}
        ports["trunk"] = Membership(NATIVE, vlans | {NATIVE}, frozenset({NATIVE}))
        wanted: dict[tuple[str, Hook], bytes] = {}
        for name, membership in ports.items():
            wanted[name, "ingress"] = sorting({}, membership, into_bridge=True)
            wanted[name, "egress"] = sorting({}, membership, into_bridge=False)
        self.namespace.inside(lambda: self._programs.run(self.namespace.netlink, wanted))

    def _enslave(self, port: End) -> None:
        netlink = self.namespace.netlink
        self.namespace.inside(lambda: netlink.link("set", index=port.index, master=self._bridge.index, state="up"))
