# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ``make bench`` measures and chance or the machine's speed has no part in: shares, rows met, and who answers forwarded ports.

The seed of the hash is given, so the same connections take the same lines in every run.
"""

from __future__ import annotations

import pytest

from tests.bench import rows, shares
from tests.bench.site import Case

TWO, FOUR, EIGHT = (Case((10,) * count) for count in (2, 4, 8))
CONNECTIONS = 20_000
SEEDS = range(1, 6)


@pytest.mark.parametrize("case", shares.CASES, ids=lambda case: case.name)
def test_shares_are_the_weights_and_clients_stay_on_their_line(case: Case) -> None:
    """Over several seeds within 1 point, each within 2; chance makes 0.35 of one over two equal lines (one standard deviation)."""
    runs = [shares.one_run(case, seed, CONNECTIONS) for seed in SEEDS]
    counts = [list(run["tcp"].values()) for run in runs]
    assert {sum(count) for count in counts} == {CONNECTIONS}
    assert max(shares.deviation(case.weights, count) for count in counts) <= 2
    assert shares.deviation(case.weights, [sum(line) for line in zip(*counts, strict=True)]) <= 1
    assert {(run["lines_of_a_pair"], run["lines_of_udp"]) for run in runs} == {(1, 1)}


@pytest.fixture(scope="module")
def met() -> dict[tuple[str, str], dict]:
    """What ``rows.one_run`` counts, by lines and way."""
    wanted = [(TWO, "ours"), (TWO, "recipe"), (FOUR, "ours"), (FOUR, "recipe"), (EIGHT, "ours")]
    return {(case.name, way): rows.one_run(case, way, 1, connections=400) for case, way in wanted}


@pytest.mark.parametrize(("case", "most"), [(TWO, 0.4), (FOUR, 0.25)], ids=["2", "4"])
def test_a_packet_of_a_known_connection_meets_few_rows(met: dict, case: Case, most: float) -> None:
    """Upload and download averaged, lines by their shares; beside MikroTik's recipe."""
    ours, recipe = (rows.known(met[case.name, way]["rows"]) for way in ("ours", "recipe"))
    assert 0 < ours <= most * recipe


def test_a_download_packet_meets_as_many_rows_with_two_lines_as_with_eight(met: dict) -> None:
    assert met[TWO.name, "ours"]["rows"]["down-known"] == met[EIGHT.name, "ours"]["rows"]["down-known"] == 2


def test_forwarded_ports_are_answered_by_the_line_of_arrival(met: dict) -> None:
    """The recipe marks what arrives only in chain input, so many replies of forwarded ports leave by a wrong line; ours never do."""
    for case in (TWO, FOUR, EIGHT):
        ours = met[case.name, "ours"]
        assert (ours["answered"], ours["astray"]) == (ours["called"], 0)
    recipe = met[FOUR.name, "recipe"]
    assert recipe["astray"] > 0
    assert 0 < recipe["answered"] < recipe["called"]
