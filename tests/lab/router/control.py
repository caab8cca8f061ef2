# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``/lab``: the lab's own menu, which no RouterOS has. It looks at the device and breaks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .calls import Reply
from .device import Device
from .dump import dump
from .errors import invalid_value, missing_arguments, no_such_command, unknown_parameter
from .giving import GIVING
from .paths import Path

ROOT = "lab"
Words = Mapping[str, str]


def run_control(device: Device, path: Path, command: str, words: Words) -> Reply:
    """Carries out a command of the lab's own menu.

    :param path: the menu, ``lab`` included.
    :raises Trap: for unknown commands, arguments and values.
    """
    name = (*path[1:], command)
    if name in device.lab_commands:
        return device.lab_commands[name](words)
    if name in GIVING:
        return GIVING[name](device.router, words)
    if name not in _ACTIONS:
        raise no_such_command()
    return _ACTIONS[name](device, words)


def _writes(device: Device, words: Words) -> Reply:
    return Reply(rows=[record.shown() for record in device.log.writes])


def _refused(device: Device, words: Words) -> Reply:
    return Reply(rows=[record.shown() for record in device.log.refused])


def _reset_writes(device: Device, words: Words) -> Reply:
    device.log.reset()
    return Reply()


def _show_faults(device: Device, words: Words) -> Reply:
    faults = device.faults
    row = {
        "drop-before-write": str(faults.drop_before_write),
        "drop-after-write": str(faults.drop_after_write),
        "refuse-logins": "true" if faults.refuse_logins else "false",
        "delay": str(faults.delay),
    }
    return Reply(rows=[row])


def _set_faults(device: Device, words: Words) -> Reply:
    for name, text in words.items():
        try:
            match name:
                case "drop-before-write":
                    device.faults.drop_before_write = int(text)
                case "drop-after-write":
                    device.faults.drop_after_write = int(text)
                case "refuse-logins":
                    device.faults.refuse_logins = {"yes": True, "true": True, "no": False, "false": False}[text]
                case "delay":
                    device.faults.delay = float(text)
                case _:
                    raise unknown_parameter(name)
        except (ValueError, KeyError):
            raise invalid_value(name) from None
    return Reply()


def _load(device: Device, words: Words) -> Reply:
    """Runs a script; answers one row per skipped line."""
    if "source" not in words:
        raise missing_arguments(["source"])
    report = device.load(words["source"], on_error="stop" if words.get("on-error") == "stop" else "continue")
    rows = [{"line": str(item.line), "reason": item.reason, "text": item.text} for item in report.skipped]
    return Reply(rows=rows, ret=str(report.applied))


def _reset(device: Device, words: Words) -> Reply:
    device.reset()
    return Reply()


def _reboot(device: Device, words: Words) -> Reply:
    device.reboot()
    return Reply()


def _power_loss(device: Device, words: Words) -> Reply:
    device.power_loss()
    return Reply()


def _dump(device: Device, words: Words) -> Reply:
    return Reply(ret=dump(device.router))


_ACTIONS: Mapping[Path, Callable[[Device, Words], Reply]] = {
    ("writes", "print"): _writes,
    ("writes", "reset"): _reset_writes,
    ("refused", "print"): _refused,
    ("fault", "print"): _show_faults,
    ("fault", "set"): _set_faults,
    ("load",): _load,
    ("reset",): _reset,
    ("reboot",): _reboot,
    ("power-loss",): _power_loss,
    ("dump",): _dump,
}
