# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Weights by time of day: what the user writes, the hours of the week, and the sets of weights that they make."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import Wan, read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.periods import period_at, periods, wans_at
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors
from ansible_collections.multiwan.routeros.plugins.plugin_utils.week import DAYS, MIDNIGHT, Hours, Moment, matched, moment_of, read_moment
from hypothesis import given
from hypothesis import strategies as st

NIGHT: dict[str, Any] = {"from": "22:00", "to": "06:00", "weight": 9}
WEEK = [Moment(day, minute) for day in range(7) for minute in range(MIDNIGHT)]


def lines(*schedules: list[dict[str, Any]], weight: object = 1) -> tuple[Wan, ...]:
    return read_wans(
        [
            {
                "name": f"isp{number}",
                "interface": f"ether{number}",
                "gateway": f"203.0.113.{number}",
                "weight": weight,
                "schedule": schedule,
            }
            for number, schedule in enumerate(schedules, 1)
        ]
    )


def weights(wans: tuple[Wan, ...], moment: Moment) -> tuple[int, ...]:
    return tuple(int(wan.weight) for wan in wans_at(wans, moment))


def problem(*schedules: list[dict[str, Any]], **more: object) -> str:
    with pytest.raises(IntentErrors) as caught:
        periods(lines(*schedules, **more))
    return str(caught.value)


def test_hours_over_midnight_are_those_of_the_evening_and_of_the_next_morning() -> None:
    wans = lines([{**NIGHT, "days": ["fri", "sat"]}], [])
    (period,) = periods(wans)
    assert [hours.matcher for hours in period.hours] == ["0s-6h,sun,sat", "22h-1d,fri,sat"]
    assert [str(hours) for hours in period.hours] == ["00:00 to 06:00 on sun, sat", "22:00 to 24:00 on fri, sat"]
    assert weights(wans, Moment(DAYS.index("fri"), 22 * 60)) == (9, 1)
    assert weights(wans, Moment(DAYS.index("sun"), 5 * 60 + 59)) == (9, 1)
    assert weights(wans, Moment(DAYS.index("sun"), 6 * 60)) == (1, 1)
    assert weights(wans, Moment(DAYS.index("fri"), 60)) == (1, 1)
    assert weights(wans, Moment(DAYS.index("sun"), 23 * 60)) == (1, 1)


def test_times_without_quotes_are_the_same() -> None:
    """YAML 1.1 reads 22:30 as a number to the base of 60."""
    written = yaml.safe_load("[{from: 22:30, to: 06:00, weight: 9}, {from: 6:30, to: 7:00, weight: 3}]")
    assert written[0]["from"] == 22 * 60 + 30
    (turn, other) = lines(written, [])[0].schedule
    assert [(hours.begin, hours.end) for hours in (*turn.hours, *other.hours)] == [(1350, 1440), (0, 360), (390, 420)]


def test_the_end_of_a_day_is_midnight_however_it_is_written() -> None:
    for end in ("24:00", "00:00", "0:00"):
        assert periods(lines([{**NIGHT, "to": end}], []))[0].hours == (Hours(22 * 60, MIDNIGHT),)
    whole = {"from": "00:00", "to": "24:00", "days": ["sat", "sun"], "weight": 9}
    assert periods(lines([whole], []))[0].hours == (Hours(0, MIDNIGHT, (0, 6)),)


def test_weights_of_the_same_ratio_are_no_period() -> None:
    assert periods(lines([{**NIGHT, "weight": 1}], [])) == ()
    assert periods(lines([{**NIGHT, "weight": 5}], [{**NIGHT, "weight": 5}])) == ()


def test_weights_may_be_speeds_if_all_are() -> None:
    wans = lines([{**NIGHT, "weight": "90M"}], [], weight="10M")
    assert weights(wans, Moment(0, 0)) == (90_000_000, 10_000_000)
    assert "multiwan_wans[0].schedule[0].weight: '9' is a plain number, but multiwan_wans[0].weight '10M' is a speed" in problem(
        [NIGHT], [], weight="10M"
    )


item = st.fixed_dictionaries(
    {
        "begin": st.integers(0, 23),
        "length": st.integers(1, 23),
        "days": st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True),
        "weight": st.integers(1, 3),
    }
)


@given(st.lists(st.lists(item, max_size=2), min_size=2, max_size=3))
def test_at_each_hour_the_weights_are_those_that_the_schedules_say(drawn: list[list[dict[str, Any]]]) -> None:
    """Against a reading of its own, hour by hour."""

    def written(one: dict[str, Any]) -> dict[str, Any]:
        return {
            "from": f"{one['begin']}:00",
            "to": f"{(one['begin'] + one['length']) % 24}:00",
            "days": one["days"],
            "weight": one["weight"],
        }

    def said(schedule: list[dict[str, Any]], hour: int) -> int:
        for one in schedule:
            begins = [24 * DAYS.index(day) + one["begin"] for day in one["days"]]
            if any((hour - begin) % 168 < one["length"] for begin in begins):
                return int(one["weight"])
        return 1

    try:
        wans = lines(*([written(one) for one in schedule] for schedule in drawn))
        made = periods(wans)
    except IntentErrors as errors:
        assert "schedule" in str(errors)
        return
    seen = set()
    for hour in range(168):
        moment = Moment(hour // 24, hour % 24 * 60)
        wanted, got = [said(schedule, hour) for schedule in drawn], weights(wans, moment)
        assert [weight * got[0] for weight in wanted] == [weight * wanted[0] for weight in got]
        inside = [hours for period in made for hours in period.hours if moment in hours]
        assert len(inside) == (len(set(wanted)) > 1)
        seen.update(inside)
    assert seen == {hours for period in made for hours in period.hours}


def test_what_is_wrong_is_said_with_its_place() -> None:
    place = "multiwan_wans[0].schedule[0]"
    assert f"{place}.from: missing" in problem([{"to": "06:00", "weight": 1}])
    assert f"{place}.weight: missing" in problem([{"from": "22:00", "to": "06:00"}])
    assert f"{place}.to: 06:00 is when it begins" in problem([{"from": "06:00", "to": "06:00", "weight": 1}])
    assert f"{place}.from: '8' is no time of the day" in problem([{**NIGHT, "from": 8}])
    assert f"{place}.to: '25:00' is no time of the day" in problem([{**NIGHT, "to": "25:00"}])
    assert f"{place}.to: '7:60' is no time of the day" in problem([{**NIGHT, "to": "7:60"}])
    assert f"{place}.from: 'True' is no time of the day" in problem([{**NIGHT, "from": True}])
    assert f"{place}.days[0]: 'Mo' is unknown" in problem([{**NIGHT, "days": ["Mo"]}])
    assert f"{place}.days: empty" in problem([{**NIGHT, "days": []}])
    assert f"{place}.wieght: unknown, did you mean 'weight'?" in problem([{"from": "1:00", "to": "2:00", "wieght": 3}])
    assert f"{place}.weight: '0' gives the line no share" in problem([{**NIGHT, "weight": 0}])
    overlap = problem([NIGHT, {"from": "05:00", "to": "07:00", "days": ["wed"], "weight": 2}], [])
    assert f"multiwan_wans[0].schedule[1]: some of its hours are those of {place} as well" in overlap
    assert "write up to 7" in problem([{"from": f"{hour}:00", "to": f"{hour + 1}:00", "weight": 2} for hour in range(8)])


def test_more_sets_of_weights_than_four_are_refused() -> None:
    schedule = [{"from": f"{hour}:00", "to": f"{hour + 1}:00", "weight": hour + 2} for hour in range(5)]
    assert len(periods(lines(schedule[:4], []))) == 4
    assert "the schedules of all lines make 5 different sets of weights; write 4 or fewer" in problem(schedule, [])


@pytest.mark.parametrize(
    ("value", "hours"),
    [
        ("8h-17h,mon,tue", Hours(480, 1020, (1, 2))),
        ("0s-1d,sun,mon,tue,wed,thu,fri,sat", Hours(0, MIDNIGHT)),
        ("21h30m-7h,fri", Hours(1290, 420, (5,))),
        ("23h-23h59m59s,sat", Hours(1380, MIDNIGHT, (6,))),
        ("8h-17h", Hours(480, 1020)),
        ("8h,mon", None),
        ("8h-17h,someday", None),
    ],
)
def test_what_others_have_in_their_rows_is_read(value: str, hours: Hours | None) -> None:
    """Forms of public exports."""
    assert matched(value) == hours


def test_all_of_ours_reads_back() -> None:
    for hours in (Hours(0, 360), Hours(1350, MIDNIGHT, (0, 6)), Hours(61, 62, (3,))):
        assert matched(hours.matcher) == hours
        assert {moment for moment in WEEK if moment in hours} == {
            moment for moment in WEEK if hours.begin <= moment.minute < hours.end and moment.day in hours.days
        }


def test_hours_of_others_over_midnight_are_those_of_their_day() -> None:
    hours = Hours(1290, 420, (5,))
    assert [Moment(5, 0) in hours, Moment(5, 1300) in hours, Moment(6, 0) in hours, Moment(5, 600) in hours] == [True, True, False, False]


def test_a_clock_is_read_as_the_router_shows_it() -> None:
    assert moment_of({"date": "2026-11-28", "time": "22:30:05"}) == Moment(DAYS.index("sat"), 22 * 60 + 30)
    assert moment_of({"date": "jan/02/1970", "time": "00:00:05"}) is None
    assert moment_of({}) is None


def test_a_moment_is_written_with_its_day_or_without() -> None:
    assert read_moment("sat 22:30", "at", None) == read_moment("sat-22:30", "at", None) == Moment(6, 1350)
    assert read_moment("22:30", "at", 3) == Moment(3, 1350)
    for wrong, said in (("22:30", "says no day"), ("someday 22:30", "is no day"), ("sat 25:00", "no time of the day")):
        with pytest.raises(IntentErrors, match=said):
            read_moment(wrong, "at", None)


def test_without_a_known_moment_the_weights_are_the_usual_ones() -> None:
    wans = lines([NIGHT], [])
    assert period_at(wans, None) is None
    assert wans_at(wans, None) == wans
