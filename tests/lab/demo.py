# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``make demo``: a home router as MikroTik ships it becomes balanced by what docs/first-run.md says, meets trouble, and is as before again.

The inventory is that of the page. Beside it there are a bot for Telegram and failover's profile `fast`.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import yaml

from .desk import Desk, Done, Page, asked_to_cut_power, configuration, cut_power, in_use, log, logged, open_desk, paste, route_of, suspected
from .experiments.page import MBIT, Owner, Result, render
from .experiments.room import Room
from .experiments.story import PERIOD, Story
from .experiments.telegram import Telegram, new_token, telegram_in
from .experiments.traffic import run_clients
from .network.namespace import become_root
from .network.rogue import rogue_server
from .network.surroundings import Lan, Line
from .router.lab import Lab

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / ".venv" / "demo.html"

# 10 Mbit/s in both directions, as in the published deployment. The second modem is plugged into a port of the bridge.
LINES = [
    Line("isp1", "ether1", "203.0.113.1", "203.0.113.0/24", 10 * MBIT, 10 * MBIT, leased="203.0.113.2"),
    Line("isp2", "ether2", "198.51.100.1", "198.51.100.0/24", 10 * MBIT, 10 * MBIT, leased="198.51.100.2"),
]
LAN = Lan("lan", "ether3", "192.168.88.0/24", "192.168.88.1")
PEOPLE = 60

ROGUE = "DC:2C:6E:81:CF:34"
"""The server that was found in the published deployment."""
TOKEN, CHAT = new_token(), "-1001234567890"
SECONDS_BETWEEN_QUESTIONS = 5.0
"""How often the router looks out for DHCP servers here; RouterOS does about once a minute (MikroTik's manual, "DHCP Server")."""
PAUSE = 2.0
"""Seconds that a line says nothing and nobody minds."""
LOOK = "ansible-playbook -i hosts.yml multiwan.routeros.status -e multiwan_status_seconds=2"
HALF = 5 * MBIT
"""What a line carries at least when traffic flows again."""


@dataclass
class Demo:
    """Somebody at a desk who follows the page, and tells what they do."""

    desk: Desk
    room: Room
    page: Page
    steps: int = 0
    seconds: float = 0
    """How long the playbooks have taken so far."""
    typed: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, title: str) -> None:
        """Begin a step."""
        self.steps += 1
        print(f"\n=== {self.steps}. {title}\n", flush=True)

    def run(self, title: str, command: str) -> Done:
        """Run a line of the page, show what it prints, and return it.

        :raises SystemExit: when it fails.
        """
        self.tell(title)
        print(f"    $ {command}    [lab router]\n", flush=True)
        started = time.monotonic()
        done = self.desk.run(command)
        print(done.output)
        if done.code:
            sys.exit(f"demo: step {self.steps} failed")
        took = time.monotonic() - started
        self.seconds += took
        screen = [line for line in done.output.splitlines() if line.startswith("gateway: ")]
        self.typed.append((command, "\n".join(screen if "--check" not in command else screen[:1])))
        print(f"    {len(self.room.lab.writes)} writes so far, {took:.1f} s")
        return done

    def look(self, ends_with: int) -> None:
        """Ask which line carries what, and show the answer.

        :param ends_with: how the playbook is to end: with 2 while something is wrong.
        :raises SystemExit: when it ends otherwise.
        """
        done = self.desk.run(LOOK)
        screen = [line for line in done.output.splitlines() if line.startswith("gateway: ")]
        print(f"    $ {LOOK}", *(f"    {line}" for line in screen), sep="\n", flush=True)
        self.typed.append((LOOK, "\n".join(screen)))
        expect(f"the look ends with {ends_with}", done.code == ends_with)

    def paste(self, block: str) -> list[str]:
        """Paste a block on the router."""
        self.tell("Paste it on the router")
        try:
            printed = paste(self.room.lab, block)
        except ValueError as error:
            features = asked_to_cut_power(error)
            print(f"    {error}\n    The power is cut.")
            cut_power(self.room.lab, features)
            printed = paste(self.room.lab, block)
        print(*(f"    {line}" for line in printed), sep="\n")
        return printed


def expect(what: str, condition: bool) -> None:
    """Say what was seen.

    :raises SystemExit: when it was not.
    """
    print(f"    {'seen' if condition else 'NOT SEEN'}: {what}")
    if not condition:
        sys.exit("demo: failed")


def expect_same(what: str, rows: Mapping[str, Sequence[Mapping[str, str]]], wanted: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
    """Say that the router's rows are those that were wanted, or which of them are others.

    :raises SystemExit: when one is.
    """
    for menu in rows.keys() | wanted.keys():
        here, there = rows.get(menu, []), wanted.get(menu, [])
        others = [row for row in (*here, *there) if row not in here or row not in there]
        print(*(f"    {menu}: {row}" for row in others), sep="\n", end="\n" if others else "")
    expect(what, rows == wanted)


def main() -> None:
    """Prepare the router, balance it, break and mend lines, plug a rogue DHCP server in, move a lease, run again, remove."""
    become_root()
    page = Page.read()
    with tempfile.TemporaryDirectory(prefix="multiwan-demo-") as name, open_desk(Path(name)) as desk, desk.router(LINES, [LAN]) as room:
        (desk.folder / "hosts.yml").write_text(page.inventory)
        given = {"failover_netwatch_profile": "fast", "dhcp_alert_telegram_token": TOKEN, "dhcp_alert_telegram_chats": [CHAT]}
        (desk.folder / "group_vars").mkdir()
        (desk.folder / "group_vars" / "routers.json").write_text(json.dumps(given))
        room.lab.device.engines.alerts.period = SECONDS_BETWEEN_QUESTIONS
        with telegram_in(room.network, TOKEN, {CHAT}) as telegram:
            room.lab.router.services.roots.append(telegram.authority)
            show(Demo(desk, room, page), telegram)


def show(demo: Demo, telegram: Telegram) -> None:
    """The demo itself, on a router that is ready."""
    lab, commands = demo.room.lab, demo.page.commands
    shipped = configuration(lab)
    print(f"\nhosts.yml:\n\n{demo.page.inventory}")
    *_install, prepare, keep, preview, site, again = commands
    printed = demo.paste(demo.run("What to paste on the router", prepare).pasted)
    fingerprint = printed[-1].rpartition("=")[2]
    demo.run("Fetch the router's certificate", keep.replace("FINGERPRINT", fingerprint))
    before = configuration(lab)
    demo.run("Preview: what would change, nothing is written", preview)
    expect("the router is as before", configuration(lab) == before)
    demo.run("Apply", site)
    expect("rows of ours are on the router", "multiwan:pcc_balance:" in lab.dump())
    demo.room.network.give_lease("isp2")
    wait_for("the router uses isp2", lambda: in_use(lab, "isp2"))
    demo.tell(
        "People download; a line pauses, dies behind its gateway and returns, somebody plugs a DHCP server in, a provider moves a line"
    )
    HTML.write_text(trouble(demo, telegram))
    print(f"    the page: {HTML}")
    expect("the second run changed nothing (changed=0)", demo.run("Apply again, after all that", again).changed == 0)
    demo.run("Remove", site.replace("site", "remove"))
    expect_same("every row of the router is as before the first run", configuration(lab), before)
    demo.paste(demo.page.blocks("text")[0])
    expect_same("every row of the router is as shipped", configuration(lab), shipped)
    print(f"\nThe playbooks took {demo.seconds:.0f} s together.")
    print("This was a lab router, not RouterOS. Your own router: docs/first-run.md, the same commands.")


def trouble(demo: Demo, telegram: Telegram) -> str:
    """People download over both lines, through a pause of one, over the other one, and over both again; meanwhile a rogue DHCP server,
    and a lease moves. Returns the page.

    :raises SystemExit: when the router does not notice.
    """
    lab, network = demo.room.lab, demo.room.network
    lan = network.clients["lan"].namespace
    pairs = [(client, f"198.18.7.{number}") for number, client in enumerate(LAN.clients(PEOPLE), 1)]
    with Story(network) as story:
        paused = pause(demo.room, story)
        people = lan.start(run_clients, lan, "keep", pairs=pairs, seconds=66)
        begun = story.tell(f"{PEOPLE} people download")
        time.sleep(4)
        demo.look(0)
        both = story.mean(begun + 3, story.now)
        cut = story.tell("isp1 dies behind its gateway", "bad")
        network.cut("isp1", "upstream")
        suspicion = wait_for("the router suspects isp1", lambda: suspected(lab, "isp1"))
        story.tell(f"the router suspects isp1: whoever begins something takes isp2 ({suspicion:.1f} s)")
        wait_for("the router leaves isp1", lambda: logged(lab, "isp1 is out of use"))
        story.tell(f"the router has left isp1 ({story.now - cut:.1f} s)")
        time.sleep(2)
        with rogue_server(network.clients["lan"], ROGUE, "192.168.88.66/24"):
            story.tell("somebody plugs a DHCP server in", "bad")
            wait_for("the router sees the DHCP server", lambda: logged(lab, ROGUE))
            named = wait_for("the message arrives", lambda: any(ROGUE in message.text for message in telegram.messages))
            story.tell(f"a Telegram message names it ({named:.1f} s after the router saw it)", "good")
        demo.look(2)
        time.sleep(max(0, cut + 11 - story.now))
        alone = story.mean(cut + 4, story.now)
        mended = story.tell("isp1 is repaired", "good")
        network.mend("isp1")
        wait_for("the router uses isp1 again", lambda: logged(lab, "isp1 is in use again"))
        story.tell(f"the router uses isp1 again ({story.now - mended:.1f} s)", "good")
        time.sleep(2)
        demo.look(0)
        move(demo.room, story)
        again = people.result()["again"]
        story.tell("the end")
    print(f"    {again} times a download broke, or stood still for two seconds, and was begun anew")
    sums = {"isp1": both["isp1"], "isp2": both["isp2"], "both": sum(both.values()), "isp2 while isp1 is dead": alone["isp2"]}
    for name, speed in sums.items():
        print(f"    {speed / MBIT:6.2f} Mbit/s  {name}")
    expect("two lines of 10 Mbit/s carry more than 18 together", sums["both"] > 18 * MBIT)
    wait_for("the message of the return arrives", lambda: any("isp1 is up again" in message.text for message in telegram.messages))
    messages = [line for message in telegram.messages for line in message.text.split("\n")]
    print("    Telegram:", *messages, sep="\n      ")
    expect("the rogue server was named once, by its MAC", len([line for line in messages if ROGUE in line]) == 1)
    sentence = (
        f"Two lines of 10 Mbit/s carried {sums['both'] / MBIT:.1f} Mbit/s together. One died: {suspicion:.1f} s later new connections went "
        f"by the other one, which carried {alone['isp2'] / MBIT:.1f} Mbit/s until it was back. A rogue DHCP server was named in Telegram "
        f"{named:.1f} s after the router had seen it."
    )
    result = Result(sentence, about(lab), sums, [paused, (cut, mended)])
    owner = Owner(demo.page.inventory, demo.typed)
    return render(owner, story, result, messages, [f"{line['time']}  {line['message']}" for line in log(lab)])


def about(lab: Lab) -> str:
    """What it ran on, and when."""
    ours = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    today = time.strftime("%Y-%m-%d")
    return f"multiwan.routeros {ours}, the rows and commands of RouterOS {lab.version}, ansible-core {version('ansible-core')}, on {today}"


def pause(room: Room, story: Story) -> tuple[float, float]:
    """A line says nothing for a moment, as a dish does that changes its satellite: whoever waits loses nothing, nobody is told.

    :returns: from when to when.
    :raises SystemExit: when something breaks, or the line is left.
    """
    clients = room.network.clients["lan"].namespace
    pairs = [(client, f"198.18.6.{number}") for number, client in enumerate(LAN.clients(12), 1)]
    loading = clients.start(run_clients, clients, "stream", pairs=pairs, direction="down", seconds=3 + PAUSE + 3)
    story.tell(f"{len(pairs)} people download")
    time.sleep(3)
    begun = story.tell(f"isp1 pauses for {PAUSE:g} s", "bad")
    room.network.cut("isp1", "upstream")
    wait_for("the router suspects isp1", lambda: suspected(room.lab, "isp1"))
    story.tell(f"the router suspects isp1: whoever begins something takes isp2 ({story.now - begun:.1f} s)")
    time.sleep(max(0.0, begun + PAUSE - story.now))
    ended = story.now
    room.network.mend("isp1")
    wait_for("the router trusts isp1 again", lambda: not suspected(room.lab, "isp1"))
    story.tell("the router trusts isp1 again", "good")
    broken = loading.result()["broken"]
    story.tell(f"{len(pairs) - broken} of {len(pairs)} downloads went on")
    expect("no download broke, the router did not leave the line", not broken and not logged(room.lab, "isp1 is out of use"))
    return begun, ended


def move(room: Room, story: Story) -> None:
    """The provider moves isp1 to another network, with another gateway."""
    story.tell("the provider of isp1 moves the line: another address, another gateway", "bad")
    room.network.give_lease("isp1", address="100.70.1.20", gateway="100.70.1.1", customers="100.70.1.0/24")
    took = wait_for("the routes follow", lambda: route_of(room.lab, "isp1")["gateway"].startswith("100.70.1.1%"))
    followed = story.tell(f"the router's script has followed it ({took:.1f} s)")
    wait_for("isp1 carries again", lambda: story.now > followed + 2 * PERIOD and story.last("isp1") > HALF)
    story.tell(f"isp1 carries {story.last('isp1') / MBIT:.1f} Mbit/s again", "good")


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
