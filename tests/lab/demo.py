# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``make demo``: the published deployment on a lab router, from an empty router to a balanced one and back.

The inventory is the one in inventory/; the address and the password of the router are the lab's, and failover's profile is `fast`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from .experiments.page import MBIT, render
from .experiments.room import Room, open_room
from .experiments.story import Story
from .experiments.telegram import Telegram, new_token, telegram_in
from .experiments.traffic import run_clients
from .network.namespace import become_root
from .network.rogue import rogue_server
from .network.surroundings import Lan, Line
from .router.lab import Lab
from .router.logs import LOG

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / ".venv" / "demo.html"

# The lines of inventory/: 10 Mbit/s in both directions, as published.
LINES = [
    Line("isp1", "ether1", "203.0.113.1", "203.0.113.0/24", 10 * MBIT, 10 * MBIT),
    Line("isp2", "ether2", "198.51.100.1", "198.51.100.0/24", 10 * MBIT, 10 * MBIT),
]
LAN = Lan("lan", "ether3", "192.168.88.0/24", "192.168.88.1")
PEOPLE = 60

ROGUE = "DC:2C:6E:81:CF:34"
"""The server that was found in the published deployment."""
TOKEN, CHAT = new_token(), "-1001234567890"
SECONDS_BETWEEN_QUESTIONS = 5.0
"""How often the router looks out for DHCP servers here; RouterOS does about once a minute (MikroTik's manual, "DHCP Server")."""

# What such a router has before us: addresses, and rows of its owner.
ROUTER = """\
/ip address add address=203.0.113.2/24 interface=ether1 comment="line 1"
/ip address add address=198.51.100.2/24 interface=ether2 comment="line 2"
/ip address add address=192.168.88.1/24 interface=ether3 comment="the users"
/ip dns set servers=1.1.1.1
/certificate settings set builtin-trust-store=fetch
/ip firewall filter add chain=input action=drop connection-state=invalid comment="drop invalid"
/ip firewall nat add chain=dstnat action=dst-nat in-interface=ether1 protocol=tcp dst-port=443 \
to-addresses=192.168.88.20 comment="web server"
/ip firewall mangle add chain=forward action=passthrough protocol=udp dst-port=5060 comment="count calls"
"""


class Demo:
    """Runs the playbooks against one lab router and tells what they do."""

    def __init__(self, lab: Lab, variables: Path) -> None:
        self._lab = lab
        self._variables = variables
        self._step = 0
        self.seconds = 0.0
        """How long the playbooks have taken so far."""

    def tell(self, title: str) -> None:
        """Begin a step."""
        self._step += 1
        print(f"\n=== {self._step}. {title}\n", flush=True)

    def play(self, title: str, playbook: str, *options: str) -> str:
        """Run a playbook, show what it prints, and return it.

        :raises SystemExit: when it fails.
        """
        self.tell(title)
        command = ["ansible-playbook", f"playbooks/{playbook}.yml", *options]
        print(f"    {' '.join(command)}    [lab router]\n", flush=True)
        started = time.monotonic()
        result = subprocess.run(
            [Path(sys.executable).with_name(command[0]), *command[1:], "--extra-vars", f"@{self._variables}"],
            cwd=ROOT,
            env=os.environ | {"ANSIBLE_NOCOLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(result.stdout)
        if result.returncode:
            sys.exit(f"demo: step {self._step} failed")
        took = time.monotonic() - started
        self.seconds += took
        print(f"    {len(self._lab.writes)} writes so far, {took:.1f} s")
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
    """Preview, apply, break a line and repair it, plug a rogue DHCP server in, apply again, remove."""
    become_root()
    with open_room(ROUTER, LINES, [LAN], tls=True, interfaces=5) as room, tempfile.TemporaryDirectory(prefix="multiwan-demo-") as directory:
        lab, variables = room.lab, Path(directory, "lab.json")
        given = {
            "ansible_host": lab.host,
            "multiwan_api_port": lab.port,
            "multiwan_api_username": lab.user,
            "multiwan_api_password": lab.password,
            "multiwan_api_ca_path": str(lab.certificate),
            "failover_netwatch_profile": "fast",
            "dhcp_alert_telegram_token": TOKEN,
            "dhcp_alert_telegram_chats": [CHAT],
        }
        variables.write_text(json.dumps(given))
        lab.device.engines.alerts.period = SECONDS_BETWEEN_QUESTIONS
        with telegram_in(room.network, TOKEN, {CHAT}) as telegram:
            lab.router.services.roots.append(telegram.authority)
            show(room, telegram, Demo(lab, variables))


def show(room: Room, telegram: Telegram, demo: Demo) -> None:
    """The demo itself, on a router that is ready."""
    lab = room.lab
    before = lab.dump()
    demo.play("The plan: shares, marks and distances; no router is asked", "plan")
    demo.play("Preview: what would change, nothing is written", "site", "--check", "--diff")
    expect("the router is as before", lab.dump() == before)
    demo.play("Apply", "site")
    expect("rows of ours are on the router", "multiwan:pcc_balance:" in lab.dump())
    demo.tell("People download; line isp1 dies behind its gateway, somebody plugs a DHCP server in, the line is repaired")
    PAGE.write_text(outage(room, telegram))
    print(f"    the page: {PAGE}")
    again = demo.play("Apply again, after all that", "site")
    expect("the second run changed nothing (changed=0)", changed(again) == 0)
    demo.play("Remove", "remove")
    expect("the router is byte for byte as before", lab.dump() == before)
    print(f"\nThe playbooks took {demo.seconds:.0f} s together.")
    print("This was a lab router, not RouterOS. Your own router: write its lines into inventory/, then the same commands.")


def outage(room: Room, telegram: Telegram) -> str:
    """People download over both lines, over one, and over both again; meanwhile a rogue DHCP server. Returns the page.

    :raises SystemExit: when the router does not notice.
    """
    lab, network = room.lab, room.network
    lan = network.clients["lan"].namespace
    pairs = [(client, f"198.18.7.{number}") for number, client in enumerate(LAN.clients(PEOPLE), 1)]
    with Story(network) as story:
        people = lan.start(run_clients, lan, "keep", pairs=pairs, seconds=50)
        story.tell(f"{PEOPLE} people download")
        time.sleep(8)
        both = story.mean(3, story.now)
        cut = story.tell("isp1 dies behind its gateway")
        network.cut("isp1", "upstream")
        told = wait_for("the router leaves isp1", lambda: logged(lab, "isp1 is out of use"))
        story.tell(f"the router has left isp1 ({told:.1f} s)")
        time.sleep(2)
        with rogue_server(network.clients["lan"], ROGUE, "192.168.88.66/24"):
            story.tell("somebody plugs a DHCP server in")
            wait_for("the router sees the DHCP server", lambda: logged(lab, ROGUE))
            told = wait_for("the message arrives", lambda: any(ROGUE in message.text for message in telegram.messages))
            story.tell(f"a Telegram message names it ({told:.1f} s after the router saw it)")
        time.sleep(max(0, cut + 11 - story.now))
        alone = story.mean(cut + 4, story.now)
        mended = story.tell("isp1 is repaired")
        network.mend("isp1")
        wait_for("the router uses isp1 again", lambda: logged(lab, "isp1 is in use again"))
        story.tell(f"the router uses isp1 again ({story.now - mended:.1f} s)")
        again = people.result()["again"]
        story.tell("the end")
    print(f"    {again} times a download broke, or stood still for two seconds, and was begun anew")
    sums = {"isp1": both["isp1"], "isp2": both["isp2"], "both": sum(both.values()), "isp2 while isp1 is dead": alone["isp2"]}
    for name, speed in sums.items():
        print(f"    {speed / MBIT:6.2f} Mbit/s  {name}")
    expect("two lines of 10 Mbit/s carry more than 18 together", sums["both"] > 18 * MBIT)
    wait_for("the message of the return arrives", lambda: "isp1 is up again" in telegram.messages[-1].text)
    messages = [line for message in telegram.messages for line in message.text.split("\n")]
    print("    Telegram:", *messages, sep="\n      ")
    expect("each of the three events was told once, the rogue server by its MAC", len(messages) == 3 and ROGUE in messages[1])
    return render(story, sums, messages, [f"{line['time']}  {line['message']}" for line in log(lab)])


def log(lab: Lab) -> list[dict[str, str]]:
    """What the router's log has of us, without the lines by which the script knows what it has seen."""
    lines = [row.state for row in lab.router.table(LOG) if row.state["buffer"] == "memory"]
    return [line for line in lines if re.search("multiwan: |dhcp alert", line["message"])]


def logged(lab: Lab, message: str) -> bool:
    """Whether the router's log says so."""
    return any(message in line["message"] for line in log(lab))


def wait_for(what: str, condition: Callable[[], bool]) -> float:
    """Seconds until a condition holds.

    :raises SystemExit: when it does not within a minute.
    """
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > 60:
            sys.exit(f"demo: not within a minute: {what}")
        time.sleep(0.05)
    return time.monotonic() - begun


if __name__ == "__main__":
    main()
