# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VLAN tags (802.1Q), put on and taken off by small programs that the kernel runs for each frame (BPF behind tc).

Not the kernel's own VLAN devices and VLAN-aware bridges, for kernels of small virtual machines have neither. Only root may load programs:
in a user namespace, VLANs are not played. Names of constants are those of Linux, include/uapi/linux/bpf.h, bpf_common.h and pkt_cls.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from .played import NotPlayed

Hook = Literal["ingress", "egress"]
"""Where a program runs: for frames that a device receives, or for those that it sends."""

PARENTS: Mapping[Hook, str] = {"ingress": "ffff:fff2", "egress": "ffff:fff3"}
BPF_PROG_LOAD, BPF_PROG_TYPE_SCHED_CLS = 5, 3
SYSTEM_CALLS = {"x86_64": 321, "aarch64": 280}
"""The number of bpf(2)."""
TAG_PRESENT, TAG = 20, 24
"""Where ``__sk_buff`` says whether a frame has a tag, and which."""
VLAN_PUSH, VLAN_POP, REDIRECT = 18, 19, 23
"""Helper functions."""
TC_ACT_OK, TC_ACT_SHOT = 0, 2
LOAD_WORD, MOVE, MOVE_NUMBER, AND_NUMBER, JUMP, JUMP_IF_EQUAL, CALL, EXIT = 0x61, 0xBF, 0xB7, 0x57, 0x05, 0x15, 0x85, 0x95
ETHERTYPE, VLAN_ID = 0x8100, 0x0FFF
FRAME, PRESENT, VLAN = 6, 7, 8
"""Registers: the frame, whether it has a tag, the tag's VLAN."""

_ATTRIBUTES = struct.Struct("=IIQQIIQI")
_ATTRIBUTES_SIZE = 128
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Membership:
    """What a port of a VLAN-aware bridge takes and gives.

    :param pvid: the VLAN of frames that come without a tag; 0: they are not taken.
    :param members: VLANs that pass.
    :param untagged: those of them whose frames leave without a tag.
    :param strict: frames of other VLANs are not even taken.
    """

    pvid: int = 0
    members: frozenset[int] = frozenset()
    untagged: frozenset[int] = frozenset()
    strict: bool = True


@dataclass
class Assembler:
    """Instructions, whose jumps go to labels behind them."""

    code: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    jumps: dict[int, str] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)

    def put(self, operation: int, target: int = 0, source: int = 0, offset: int = 0, number: int = 0, to: str = "") -> None:
        """One instruction.

        :param to: the label that it jumps to.
        """
        if to:
            self.jumps[len(self.code)] = to
        self.code.append((operation, target, source, offset, number))

    def label(self, name: str) -> None:
        """The next instruction is where jumps to this label go."""
        self.labels[name] = len(self.code)

    def leads_to(self, name: str) -> bool:
        """Whether a jump goes to a label."""
        return name in self.jumps.values()

    def give_up(self, verdict: int) -> None:
        """The end of the program, with what becomes of the frame."""
        self.put(MOVE_NUMBER, 0, number=verdict)
        self.put(EXIT)

    def push(self, vlan: int) -> None:
        """Puts a tag on the frame."""
        self.put(MOVE, 1, FRAME)
        self.put(MOVE_NUMBER, 2, number=socket.htons(ETHERTYPE))
        self.put(MOVE_NUMBER, 3, number=vlan)
        self.put(CALL, number=VLAN_PUSH)

    def pop(self) -> None:
        """Takes the tag off."""
        self.put(MOVE, 1, FRAME)
        self.put(CALL, number=VLAN_POP)

    def redirect(self, index: int) -> None:
        """The end of the program: another device sends the frame."""
        self.put(MOVE_NUMBER, 1, number=index)
        self.put(MOVE_NUMBER, 2, number=0)
        self.put(CALL, number=REDIRECT)
        self.put(EXIT)

    def program(self) -> bytes:
        """The program as the kernel takes it."""
        packed = []
        for place, (operation, target, source, offset, number) in enumerate(self.code):
            if place in self.jumps:
                offset = self.labels[self.jumps[place]] - place - 1
            packed.append(struct.pack("=BBhi", operation, source << 4 | target, offset, number))
        return b"".join(packed)


def tagging(vlan: int, index: int) -> bytes:
    """Frames get a tag, and leave by another device."""
    made = Assembler()
    made.put(MOVE, FRAME, 1)
    made.push(vlan)
    made.redirect(index)
    return made.program()


def sorting(branches: Mapping[int, int], membership: Membership | None, into_bridge: bool) -> bytes:
    """Frames of some VLANs lose their tag and leave by other devices; what becomes of the rest, a membership says, if there is one.

    :param branches: the index of the device of each VLAN.
    :param into_bridge: the bridge is what the frames go to, and not what they come from.
    """
    made = Assembler()
    made.put(MOVE, FRAME, 1)
    made.put(LOAD_WORD, PRESENT, FRAME, TAG_PRESENT)
    made.put(JUMP_IF_EQUAL, PRESENT, to="without")
    made.put(LOAD_WORD, VLAN, FRAME, TAG)
    made.put(AND_NUMBER, VLAN, number=VLAN_ID)
    for vlan in branches:
        made.put(JUMP_IF_EQUAL, VLAN, number=vlan, to=f"branch {vlan}")
    if membership is None or (into_bridge and not membership.strict):
        made.put(JUMP, to="pass")
    else:
        bare = frozenset() if into_bridge else membership.untagged
        for vlan in sorted(membership.members | membership.untagged):
            made.put(JUMP_IF_EQUAL, VLAN, number=vlan, to="bare" if vlan in bare else "pass")
        made.give_up(TC_ACT_SHOT)
    for vlan, index in branches.items():
        made.label(f"branch {vlan}")
        made.pop()
        made.redirect(index)
    made.label("without")
    refused = membership is not None and not (into_bridge and membership.pvid)
    if refused:
        made.give_up(TC_ACT_SHOT)
    elif membership is not None:
        made.push(membership.pvid)
    if not refused or made.leads_to("pass"):  # the kernel takes no program with instructions that are never reached
        made.label("pass")
        made.give_up(TC_ACT_OK)
    if made.leads_to("bare"):
        made.label("bare")
        made.pop()
        made.give_up(TC_ACT_OK)
    return made.program()


class Programs:
    """The programs that run in a namespace, by device and hook."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, Hook], bytes] = {}

    def run(self, netlink: IPRoute, wanted: Mapping[tuple[str, Hook], bytes]) -> None:
        """Makes these programs those that run, and no others. Only inside the namespace.

        :raises NotPlayed: where the kernel takes none.
        """
        changed = {
            device
            for device, hook in wanted.keys() | self._running.keys()
            if wanted.get((device, hook)) != self._running.get((device, hook))
        }
        for device in changed:
            for index in netlink.link_lookup(ifname=device):
                with contextlib.suppress(NetlinkError):
                    netlink.tc("del", "clsact", index)
                programs = {hook: program for (name, hook), program in wanted.items() if name == device}
                if programs:
                    netlink.tc("add", "clsact", index)
                for hook, program in programs.items():
                    with _loaded(program) as descriptor:
                        netlink.tc(
                            "add-filter",
                            "bpf",
                            index,
                            ":1",
                            fd=descriptor,
                            name="tags",
                            parent=PARENTS[hook],
                            classid=1,
                            direct_action=True,
                        )
        self._running = dict(wanted)

    def forget(self, device: str) -> None:
        """A device has gone, and its programs with it."""
        self._running = {place: program for place, program in self._running.items() if place[0] != device}


def are_played() -> bool:
    """Whether the kernel takes programs from us."""
    try:
        with _loaded(sorting({}, None, into_bridge=True)):
            return True
    except NotPlayed:
        return False


@contextlib.contextmanager
def _loaded(program: bytes) -> Iterator[int]:
    """A program in the kernel, which keeps it while somebody uses it.

    :raises NotPlayed: with the kernel's reason.
    """
    number = SYSTEM_CALLS.get(platform.machine())
    if number is None:
        raise NotPlayed(f"VLANs: the lab does not know how to load programs on {platform.machine()}")
    code, licence, said = (
        ctypes.create_string_buffer(program, len(program)),
        ctypes.create_string_buffer(b"GPL"),
        ctypes.create_string_buffer(1 << 16),
    )
    attributes = _ATTRIBUTES.pack(
        BPF_PROG_TYPE_SCHED_CLS,
        len(program) // 8,
        ctypes.addressof(code),
        ctypes.addressof(licence),
        1,
        len(said),
        ctypes.addressof(said),
        0,
    )
    given = ctypes.create_string_buffer(attributes, _ATTRIBUTES_SIZE)
    descriptor = _libc.syscall(number, BPF_PROG_LOAD, given, _ATTRIBUTES_SIZE)
    if descriptor < 0:
        reason = os.strerror(ctypes.get_errno())
        raise NotPlayed(f"VLANs: the kernel takes no program: {reason}; only root may load one {said.value.decode()[-200:]}".strip())
    try:
        yield descriptor
    finally:
        os.close(descriptor)
