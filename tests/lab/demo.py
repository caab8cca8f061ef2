# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``make demo``: the published deployment on a lab router, from an empty router to a balanced one and back.

The inventory is the one in inventory/; only the address and the password of the router are the lab's.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .router.lab import Lab

ROOT = Path(__file__).resolve().parents[2]

# What such a router has before us: addresses, and rows of its owner.
ROUTER = """\
/ip address add address=203.0.113.2/24 interface=ether1 comment="line 1"
/ip address add address=198.51.100.2/24 interface=ether2 comment="line 2"
/ip address add address=192.168.88.1/24 interface=ether3 comment="the users"
/ip firewall filter add chain=input action=drop connection-state=invalid comment="drop invalid"
/ip firewall nat add chain=dstnat action=dst-nat in-interface=ether1 protocol=tcp dst-port=443 \
to-addresses=192.168.88.20 comment="web server"
/ip firewall mangle add chain=forward action=change-mss new-mss=clamp-to-pmtu protocol=tcp tcp-flags=syn comment="clamp"
"""


class Demo:
    """Runs the playbooks against one lab router and tells what they do."""

    def __init__(self, lab: Lab, variables: Path) -> None:
        self._lab = lab
        self._variables = variables
        self._step = 0

    def play(self, title: str, playbook: str, *options: str) -> str:
        """Run a playbook, show what it prints, and return it.

        :raises SystemExit: when it fails.
        """
        self._step += 1
        command = ["ansible-playbook", f"playbooks/{playbook}.yml", *options]
        print(f"\n=== {self._step}. {title}\n    {' '.join(command)}    [lab router]\n", flush=True)
        started = time.monotonic()
        result = subprocess.run(
            [Path(sys.executable).with_name(command[0]), *command[1:], "--extra-vars", f"@{self._variables}"],
            cwd=ROOT,
            env=os.environ | {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(result.stdout)
        if result.returncode:
            sys.exit(f"demo: step {self._step} failed")
        print(f"    {len(self._lab.writes)} writes so far, {time.monotonic() - started:.1f} s")
        return result.stdout


def changed(output: str) -> int:
    """Return how many tasks a playbook's recap counts as changed.

    :raises AttributeError: for an output without a recap.
    """
    return int(re.search(r"changed=(\d+)", output)[1])  # type: ignore[index]


def expect(what: str, condition: bool) -> None:
    """Say what was seen.

    :raises SystemExit: when it was not.
    """
    print(f"    {'seen' if condition else 'NOT SEEN'}: {what}")
    if not condition:
        sys.exit("demo: failed")


def main() -> None:
    """Preview, apply, apply again, remove."""
    with tempfile.TemporaryDirectory(prefix="multiwan-demo-") as directory:
        script = Path(directory, "router.rsc")
        script.write_text(ROUTER)
        with Lab(tls=True, load=[script], on_load_error="stop", interfaces=5) as lab:
            variables = Path(directory, "lab.json")
            connection = {
                "ansible_host": lab.host,
                "multiwan_api_port": lab.port,
                "multiwan_api_username": lab.user,
                "multiwan_api_password": lab.password,
                "multiwan_api_ca_path": str(lab.certificate),
            }
            variables.write_text(json.dumps(connection))
            show(lab, Demo(lab, variables))


def show(lab: Lab, demo: Demo) -> None:
    """The demo itself, on a router that is ready."""
    before = lab.dump()
    demo.play("The plan: shares, marks and distances; no router is asked", "plan")
    demo.play("Preview: what would change, nothing is written", "site", "--check", "--diff")
    expect("the router is as before", lab.dump() == before)
    demo.play("Apply", "site")
    expect("rows of ours are on the router", "multiwan:pcc_balance:" in lab.dump())
    again = demo.play("Apply again", "site")
    expect("the second run changed nothing (changed=0)", changed(again) == 0)
    demo.play("Remove", "remove")
    expect("the router is byte for byte as before", lab.dump() == before)
    print(
        "\nThis was a lab router, not RouterOS. Your own router: write its lines into inventory/, then the same commands."
    )


if __name__ == "__main__":
    main()
