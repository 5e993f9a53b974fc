"""On which days recurring work falls (CLN-02). Dates only; no Odoo here.

A rule says how many times in every so many days, weeks or months. The days are spread
evenly and depend on the calendar alone, so that asking again gives the same days.
"""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from .calendar_terms import YEAR_MONTHS, add_months

WEEK_DAYS = 7
UNITS = ("day", "week", "month")


@dataclass(frozen=True)
class Season:
    """Months of the year in which another rhythm holds."""

    months: frozenset[int]
    times: int
    every: int
    unit: str


@dataclass(frozen=True)
class Rhythm:
    """*times* in every *every* days, weeks or months; *season* replaces it."""

    times: int
    every: int
    unit: str
    season: Season | None = field(default=None)

    def __post_init__(self) -> None:
        parts: list[Rhythm | Season] = [self]
        if self.season:
            parts.append(self.season)
        for part in parts:
            if part.unit not in UNITS or part.times < 1 or part.every < 1:
                raise ValueError(f"{part.times} × every {part.every} {part.unit}")


def _spread(begin: date, length: int, times: int) -> list[date]:
    """Return *times* days spread over *length* days from *begin*."""
    return [begin + timedelta(days=index * length // times) for index in range(times)]


def _blocks(
    rhythm: Rhythm | Season, anchor: date, first: date, last: date
) -> Iterator[tuple[date, int]]:
    """Yield (first day, number of days) of the blocks that touch first … last.

    Days are counted from the anchor, weeks from Monday, months by the calendar year:
    a quarter is January to March wherever the agreement begins.
    """
    if rhythm.unit == "month":
        index = first.year * YEAR_MONTHS + first.month - 1
        index -= index % rhythm.every
        begin = date(index // YEAR_MONTHS, index % YEAR_MONTHS + 1, 1)
        while begin <= last:
            after = add_months(begin, rhythm.every)
            yield begin, (after - begin).days
            begin = after
        return
    length = rhythm.every * (WEEK_DAYS if rhythm.unit == "week" else 1)
    base = anchor
    if rhythm.unit == "week":
        base -= timedelta(days=anchor.weekday())
    begin = first - timedelta(days=(first - base).days % length)
    while begin <= last:
        yield begin, length
        begin += timedelta(days=length)


def _days(
    rhythm: Rhythm | Season, anchor: date, start: date, first: date, last: date
) -> Counter[date]:
    """Count the work of each day; work of a month that began before is not lost."""
    found: Counter[date] = Counter()
    for begin, length in _blocks(rhythm, anchor, first, last):
        end = begin + timedelta(days=length - 1)
        days = _spread(begin, length, rhythm.times)
        if rhythm.unit == "month" and begin < start <= end and rhythm.times == 1:
            days = [start]
        for day in days:
            if first <= day <= last and day >= start:
                found[day] += 1
    return found


def occurrences(
    rhythm: Rhythm, start: date, first: date, last: date
) -> list[tuple[date, int]]:
    """Return [(day, how often on that day)] from *first* to *last*, both included.

    :param start: the first day of the agreement; nothing falls before it. Once in a
        longer time falls on that day when the time has begun before.

    In the months of the season its rhythm holds; a longer time that holds a month of
    the season with its own work is done by it: quarterly, but monthly from June to
    August, gives January, June, July, August and October.
    """
    first = max(first, start)
    if first > last:
        return []
    season = rhythm.season
    days = _days(rhythm, start, start, first, last)
    if season:
        seasonal = {
            day: count
            for day, count in _days(season, start, start, first, last).items()
            if day.month in season.months
        }
        kept: Counter[date] = Counter()
        for begin, length in _blocks(rhythm, start, first, last):
            end = begin + timedelta(days=length - 1)
            if rhythm.unit == "month" and _has_season(season, start, begin, end):
                continue
            for day, count in days.items():
                if begin <= day <= end and day.month not in season.months:
                    kept[day] = count
        days = kept + Counter(seasonal)
    return sorted(days.items())


def _has_season(season: Season, start: date, begin: date, end: date) -> bool:
    """Whether the work of the season falls into a longer time, after the start."""
    day = max(begin, start)
    while day <= end:
        if day.month in season.months:
            return True
        length = calendar.monthrange(day.year, day.month)[1]
        day = date(day.year, day.month, length) + timedelta(days=1)
    return False
