# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever is changed, cut and rebooted in between: the ledger knows the router as its owner has it, and gives it back."""

from __future__ import annotations

from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils import ledger
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.changing import Change
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST, MANGLE, NETWATCH, SETTINGS
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found, Row
from ansible_collections.multiwan.routeros.plugins.plugin_utils.site import after
from hypothesis import given, settings
from hypothesis import strategies as st

TEXTS = st.sampled_from(["", "a", "7", "caf\u00e9", 'say "x"\r\n\t\\ $y', "two  blanks ", "x" * 3000])
ROW = st.fixed_dictionaries(
    {"chain": st.sampled_from(["input", "forward"]), "action": st.sampled_from(["accept", "drop"])},
    optional={
        "comment": TEXTS,
        "src-address": st.sampled_from(["10.0.0.0/8", "192.0.2.1"]),
        "connection-state": st.sampled_from(["new", "established"]),
        "disabled": st.booleans(),
        "dst-port": st.just(53),
    },
)
PROBE = st.fixed_dictionaries({"name": st.sampled_from(["a", "b", "c"]), "up-script": TEXTS})
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "disabled": st.booleans(),
    "connection-state": st.sampled_from([None, "new", "related"]),
    "passthrough": st.booleans(),
    "up-script": TEXTS,
    "rp-filter": st.sampled_from(["loose", False]),
}
FIELDS = {MANGLE: ("disabled", "connection-state", "passthrough"), NETWATCH: ("up-script",), SETTINGS: ("rp-filter",)}


@st.composite
def routers(draw: st.DrawFn) -> Found:
    """Rows of somebody else; of filter rows some may say the same."""
    filters, probes = draw(st.lists(ROW, max_size=5)), draw(st.lists(PROBE, max_size=3, unique_by=lambda row: row["name"]))
    found: dict[str, list[Row]] = {ADDRESS_LIST: [], MANGLE: filters, NETWATCH: probes, SETTINGS: [{"rp-filter": "strict"}]}
    return numbered(found, 1)


def numbered(found: Found, first: int) -> Found:
    """The same rows with other ids, as after a boot."""
    return {
        path: [{**row, ".id": f"*{first + place}"} for place, row in enumerate(rows)] if path != SETTINGS else list(rows)
        for path, rows in found.items()
    }


def as_told(found: Found) -> dict[str, list[Row]]:
    """Rows without ids and without the ledger; what is not there equals its default."""
    left_out = {".id"}
    return {
        path: [
            {
                key: value
                for key, value in row.items()
                if key not in left_out and value not in (None, "") and (key, value) != ("disabled", False)
            }
            for row in rows
        ]
        for path, rows in found.items()
        if path != ADDRESS_LIST
    }


@settings(max_examples=150, deadline=None)
@given(found=routers(), data=st.data())
def test_what_is_changed_is_known_and_given_back(found: Found, data: st.DataObject) -> None:
    owner = as_told(found)
    for number in range(data.draw(st.integers(1, 4))):
        there = ledger.original(found)
        assert as_told(there) == owner
        wanted = [
            Change(path, row, {field: data.draw(VALUES[field]) for field in fields})
            for path, fields in FIELDS.items()
            for row in there[path]
            if data.draw(st.booleans())
            for fields in [sorted(data.draw(st.sets(st.sampled_from(fields), min_size=1)))]
        ]
        steps = ledger.steps(found, wanted)
        made = data.draw(st.integers(0, len(steps)))
        found = after(found, steps[:made])
        if made == len(steps):
            assert ledger.steps(found, wanted) == []
        if data.draw(st.booleans()):
            found = numbered(found, 10 * number + data.draw(st.integers(1, 3)))
    assert list(ledger.told(found)) == []
    found = after(found, ledger.steps(found))
    assert as_told(found) == owner
    assert found[ADDRESS_LIST] == []


@given(text=st.text(st.sampled_from(["a", " ", "\n", "\u00e9", '"']), max_size=4000))
def test_no_comment_is_long_or_ends_in_what_may_be_lost(text: str) -> None:
    row: Row = {".id": "*1", "name": "a", "up-script": text}
    found: Found = {ADDRESS_LIST: [], NETWATCH: [row]}
    (step, *_) = ledger.steps(found, [Change(NETWATCH, row, {"up-script": "new"})])
    written = after(found, [step])
    comments = [str(entry["comment"]) for entry in written[ADDRESS_LIST]]
    assert all(len(comment) <= 1000 and comment.isascii() and comment == comment.strip() for comment in comments)
    assert [entry.old for entry in ledger.entries(written)] == [text]
