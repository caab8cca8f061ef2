# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the control script tells, people read, whatever the words of the log are; and notes are known by the words of the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import health
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.spelling import literal

from tests.lab.router.paths import path
from tests.unit.apply.router import run_steps
from tests.unit.dhcp_alert_telegram.outbox import INTENT, look, steps
from tests.unit.failover_netwatch.drained import begin, end
from tests.unit.failover_netwatch.site import Site, wans

WORDS: Mapping[str, str | int] = {
    "SAYS": "several (lines): ",
    "OUT_OF_USE": " has [gone] $away because of ",
    "BACK": ' is "back\\',
    "DEMOTION": 120,
}
"""Other words than today's, with letters that mean something in a regular expression or in a script."""


@contextmanager
def watched() -> Iterator[Site]:
    """A router under all roles, which cannot reach Telegram."""
    intent = {**INTENT, "interfaces": ["ether9"], "heartbeat": "3m", "interval": 5}
    with Site(wans(2)) as site:
        run_steps(site.lab, steps(intent, look(site.lab)))
        yield site


def change(word: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the one place where it stands."""
    if word:
        monkeypatch.setattr(health, word, WORDS[word])


def told(site: Site) -> list[str]:
    """The texts that wait for a chat, without their times."""
    router = site.lab.router
    rows = router.table(path("ip firewall address-list"))
    texts = [row.values["comment"] for row in rows if router.text(row.values["list"]).startswith("multiwan-outbox:")]
    return [text.partition("\n")[2].split(" ", 2)[2] for text in texts]


@pytest.mark.parametrize("changed", [None, "SAYS", "OUT_OF_USE", "BACK"])
def test_a_line_that_dies_and_comes_back_is_told(changed: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    change(changed, monkeypatch)
    with watched() as site:
        site.kill("isp1")
        site.clock.advance(10)
        assert told(site) == ["shop: line isp1 is down: no answer from 1.1.1.1, 8.8.8.8"]
        assert site.log()[0] == f"{health.SAYS}isp1{health.OUT_OF_USE}no answer from 1.1.1.1, 8.8.8.8"
        site.revive("isp1")
        site.clock.advance(80)
        (_, back) = told(site)
        assert back.startswith("shop: line isp1 is up again, after 00:0")


def test_a_line_that_is_drained_is_told_and_the_line_of_the_log_is_no_note() -> None:
    with watched() as site:
        begin(site)
        site.kill("isp1")
        site.clock.advance(30)
        assert told(site) == ["shop: line isp1 is drained, so new connections go elsewhere: by anna"]
        end(site)
        site.clock.advance(5)
        (_, ended, dead) = told(site)
        assert ended == "shop: line isp1 is not drained any more: by anna"
        assert dead == "shop: line isp1 is down: no answer from 1.1.1.1, 8.8.8.8"
        site.revive("isp1")
        site.clock.advance(80)
        assert told(site)[-1].startswith("shop: line isp1 is up again, after 00:0")
        assert len(told(site)) == 4


@pytest.mark.parametrize("changed", [None, "DEMOTION"])
def test_a_heartbeat_names_the_line_that_is_out(changed: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    change(changed, monkeypatch)
    with watched() as site:
        site.kill("isp1")
        site.clock.advance(186)
        text = told(site)[-1]
        assert text.startswith("shop is well, up for "), text
        assert text.endswith("; lines out of use: isp1")


def test_a_note_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    change("SAYS", monkeypatch)
    with watched() as site:
        site.lab.device.start_script(f":log info {literal(health.SAYS + 'backup done')}").wait()
        site.clock.advance(5)
        assert told(site) == ["shop: note: backup done"]
