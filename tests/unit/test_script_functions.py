# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Functions of the scripts that only reckon, each by itself: beside Python that does the same."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import formatdate

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import healthy
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import parts, read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.slots import slots
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.spelling import array, mapping, value
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.dhcp_alert_telegram import outbox
from tests.unit.failover_netwatch import site
from tests.unit.lab.scripting import new, puts
from tests.unit.test_scripts import functions

FAILOVER = site.render({"wans": site.wans(2)})
ALERTS = outbox.render(outbox.INTENT)
COMMANDS = outbox.render_commands(outbox.INTENT)
TODAY = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
TEXT = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=20)


def call(script: str, function: str, show: str = "$it", **arguments: str) -> str:
    """What a function returns, called with arguments as they are written in a script."""
    body = functions(script)[function]
    given = " ".join(f"{name}={text}" for name, text in arguments.items())
    (shown,) = puts(new(), f":local f do={script[body.start : body.end]}\n:local it [$f {given}]\n:put ({show})")
    return shown


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 3), st.booleans()), min_size=2, max_size=8), st.integers(0, 13))
def test_the_script_chooses_and_deals_as_the_plan_does(lines: list[tuple[int, int, bool]], count: int) -> None:
    data = [{**wan, "weight": line[0], "tier": line[1]} for wan, line in zip(site.wans(len(lines)), lines, strict=True)]
    wans = read_wans(data)
    out = {wan.name: line[2] for wan, line in zip(wans, lines, strict=True)}
    heirs = healthy(wans, {name for name in out if out[name]})
    weights = dict(zip([wan.name for wan in wans], parts(wans), strict=True))
    table = mapping({wan.name: {"tier": wan.tier} for wan in wans})
    names = array(wan.name for wan in wans)
    chosen = call(FAILOVER, "choose", "[:tostr $it]", wans=names, lines=f"({table})", out=f"({mapping(out)})", all="false")
    assert chosen.split(";") == ([wan.name for wan in heirs] or [""])
    if heirs:
        dealt = call(
            FAILOVER, "deal", "[:tostr $it]", heirs=array(wan.name for wan in heirs), weights=f"({mapping(weights)})", count=str(count)
        )
        assert dealt.split(";") == ([wan.name for wan in slots(heirs, count)] or [""])


@given(TEXT)
def test_quoted_text_is_json(text: str) -> None:
    quoted = call(ALERTS, "quote", text=value(text))
    assert json.loads(f'"{quoted}"', strict=False) == text


@pytest.mark.parametrize(("text", "wanted"), [("", ""), ("a\nb~ ", "a\nb~ "), ("café\t", "caf???")])
def test_plain_letters(text: str, wanted: str) -> None:
    assert call(ALERTS, "plain", text=value(text)) == wanted


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        (
            "line:a/b 7 2\n2026-01-01 10:00:00 3w04:05:06 down a.b 2 of 3  lost",
            "line:a/b|7|2|2026-01-01 10:00:00|3w04:05:06|down|a.b|2 of 3  lost",
        ),
        ("note 7 0\n2026-01-01 10:00:00 3w note - two\nlines", "note|7|0|2026-01-01 10:00:00|3w|note|-|two\nlines"),
        ("test 7 0", "test|7|0|today||test||"),
        ("test", "test||0|today||test||"),
    ],
)
def test_an_event_is_read(entry: str, wanted: str) -> None:
    show = ' . "|" . '.join(f'($it->"{name}")' for name in ("group", "id", "count", "time", "moment", "what", "line", "reason"))
    read = call(ALERTS, "eventOf", show, entry=value(entry))
    assert (re.sub(TODAY, "today", read) if "\n" not in entry else read) == wanted


@pytest.mark.parametrize(("last", "wanted"), [('""', "abc false"), ('"a"', "bc false"), ('"c"', " false"), ('"d"', "abc true")])
def test_lines_behind_the_last_one_are_unread(last: str, wanted: str) -> None:
    show = '[:tostr ($it->"unread")] . " " . ($it->"gap")'
    assert call(ALERTS, "behind", show, entries='{"a";"b";"c"}', last=last).replace(";", "") == wanted


@pytest.mark.parametrize(("last", "wanted"), [("", ""), ("0s", "00:01:00"), ("1m", "00:02:00"), ("16m", "00:32:00"), ("32m", "00:32:00")])
def test_each_pause_is_twice_as_long(last: str, wanted: str) -> None:
    assert call(ALERTS, "longer", asked="7", before=value(last), least='"1m"', most='"32m"') == "00:00:07"
    assert call(ALERTS, "longer", asked="999999999", before=value(last), least='"1m"', most='"32m"') == "00:32:00"
    assert call(ALERTS, "longer", asked="0", before=value(last), least='"1m"', most='"32m"') == (wanted or "00:01:00")


@pytest.mark.parametrize(("status", "wanted"), [(0, "failed: <..: no> ()"), (401, "401")])
def test_a_cause_is_known_by_its_status_or_its_words(status: int, wanted: str) -> None:
    assert call(ALERTS, "causeOf", problem='"failed: <1.2.3:44 no> (4)"', status=str(status)) == wanted


MOMENT = st.datetimes(datetime(2000, 1, 1), datetime(2098, 1, 1)).map(lambda moment: moment.replace(microsecond=0))


@given(MOMENT)
def test_the_time_of_an_answer(moment: datetime) -> None:
    seconds = int(moment.replace(tzinfo=UTC).timestamp())
    headers = f"Content-Type: a;X-Date: never;last-update: Tue, x;Date: {formatdate(seconds, usegmt=True)};Expires: 0"
    assert call(COMMANDS, "momentOf", headers=value(headers)) == str(seconds)


@pytest.mark.parametrize(
    "headers", ["", "Date: ", "Date: Tue, 29 Foo 2026", "Expires: Tue, 29 Sep 2026 07:05:39 GMT", "Date: 2026-09-29 07:05:39"]
)
def test_an_answer_without_a_time(headers: str) -> None:
    assert call(COMMANDS, "momentOf", headers=value(headers)) == "0"


@given(MOMENT, st.integers(0, 28 * 86_400))
def test_what_a_clock_shows_later(moment: datetime, seconds: int) -> None:
    given = {"day": value(f"{moment:%Y-%m-%d}"), "clock": value(f"{moment:%H:%M:%S}")}
    assert call(COMMANDS, "later", **given, seconds=str(seconds)) == f"{moment + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("span", "wanted"),
    [("", 0), ("1m", 60), ("45m", 2700), ("2h", 7200), ("28d", 28 * 86_400), ("9999d", 9999 * 86_400)]
    + [(wrong, -1) for wrong in ("0h", "2", "h", "2w", "1h30m", "-1h", "2H", " 2h", "2h ", "10000m", "1.5h", "$[1]h", "2h\n")],
)
def test_a_span_of_a_command(span: str, wanted: int) -> None:
    assert call(COMMANDS, "secondsOf", span=value(span)) == str(wanted)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4), st.integers(0, 300))
@settings(max_examples=40)
def test_an_answer_that_is_cut_off_anywhere_says_what_is_whole(texts: list[str], cut: int) -> None:
    """Whatever stands in the messages, such as what an update begins with."""
    written = [{"update_id": 7 + number, "message": {"text": text + '{"update_id":9', "date": 5}} for number, text in enumerate(texts)]
    data = json.dumps({"ok": True, "result": written}, separators=(",", ":"))
    left = data[: len(data) - cut] if cut < len(data) else data
    show = '[:tostr ($it->"last")] . " " . ($it->"lost") . " " . ($it->"good")'
    last, lost, good = call(COMMANDS, "updatesOf", show, data=value(left)).split(" ")
    begun = left.count('{"update_id":')
    if left == data:
        assert (int(last), lost, good) == (6 + len(texts), "false", "true")
    elif begun > 1:
        assert (int(last), lost, good) == (5 + begun, "false", "true")
    elif '{"update_id":7,' in left:
        assert (int(last), lost, good) == (7, "true", "true")
