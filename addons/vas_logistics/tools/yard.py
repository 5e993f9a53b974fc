"""Doors, people and floor of a warehouse (catalogue WHS-01…05; anchors K1–K3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import ceil

Span = tuple[datetime, datetime]


def doors_needed(arrivals: float, minutes: float, hours: float, usage: float) -> float:
    """Doors for a day's arrivals, unrounded (round up to whole doors).

    :param minutes: average time at the door of one vehicle
    :param hours: opening hours of the day
    :param usage: share of the time that a door can really be used, 0 < usage ≤ 1

    >>> round(doors_needed(23, 42, 8, 0.8), 2)
    2.52
    """
    if hours <= 0 or not 0 < usage <= 1:
        raise ValueError("Opening hours must be positive and the usage within 0–100 %.")
    return arrivals * minutes / (hours * 60 * usage)


def people_needed(volume: float, per_hour: float, hours: float) -> float:
    """People for a day's volume, unrounded; ``per_hour`` units per person.

    >>> round(people_needed(3200, 85, 7.2), 2)
    5.23
    """
    if per_hour <= 0 or hours <= 0:
        raise ValueError("Productivity and productive hours must be positive.")
    return volume / (per_hour * hours)


def minutes(begin: datetime | None, end: datetime | None) -> float:
    """Minutes between two moments; 0 while one of them has not come (LRP-02)."""
    return (end - begin).total_seconds() / 60 if begin and end else 0.0


def whole(number: float) -> int:
    """Round up to whole people or doors; 5.000000001 is 5, not 6."""
    return ceil(round(number, 6))


def block_area(length: float, width: float, aisle: float) -> float:
    """Floor inside the wall aisle on all four sides, in m² (WHS-03)."""
    return max(0.0, length - 2 * aisle) * max(0.0, width - 2 * aisle)


def monthly_average(
    volumes: Mapping[tuple[int, int], float], today: tuple[int, int]
) -> dict[int, float]:
    """Average volume of each calendar month over the years that had it (LRP-03).

    Years count from the first month with a volume on; a month that is not over yet
    counts only where no earlier year had it.

    :param volumes: (year, month) → volume
    :param today: (year, month) of today

    >>> monthly_average({(2024, 11): 10, (2025, 11): 30, (2026, 11): 4}, (2026, 11))[11]
    20.0
    """
    seen = [key for key, volume in volumes.items() if volume]
    averages = dict.fromkeys(range(1, 13), 0.0)
    if not seen:
        return averages
    first, last_year = min(seen), max(year for year, _month in seen)
    for month in averages:
        years = range(first[0], last_year + 1)
        over = [
            (year, month) for year in years if first <= (year, month) < tuple(today)
        ]
        counted = over or [(year, month) for year in years if (year, month) in volumes]
        if counted:
            total = sum(volumes.get(key, 0.0) for key in counted)
            averages[month] = total / len(counted)
    return averages


def next_free(busy: Iterable[Span], start: datetime, duration: timedelta) -> datetime:
    """First moment from ``start`` on at which a door is free for ``duration``.

    Spans are half open: a vehicle may come when the one before leaves (K3).
    """
    moment = start
    for begin, end in sorted(busy):
        if begin < moment + duration and moment < end:
            moment = end
    return moment


def last_free(
    busy: Iterable[Span], until: datetime, duration: timedelta, earliest: datetime
) -> datetime | None:
    """Latest moment at which a door is free for ``duration`` and done by ``until``.

    :param earliest: nothing begins before this moment
    :return: None when there is no such time

    >>> nine, hour = datetime(2030, 9, 2, 9), timedelta(hours=1)
    >>> last_free([(nine - hour / 2, nine)], nine, hour / 2, nine - 2 * hour)
    datetime.datetime(2030, 9, 2, 8, 0)
    """
    end = until
    for begin, stop in sorted(busy, key=lambda span: span[1], reverse=True):
        if stop > end - duration and begin < end:
            end = begin
    moment = end - duration
    return moment if moment >= earliest else None


def picking_start(
    start: datetime, pieces: float, per_hour: float, people: int
) -> datetime:
    """When people must begin so that the goods stand at the door at ``start``.

    :param per_hour: pieces that one person picks in an hour
    :raises ValueError: without people or productivity

    >>> picking_start(datetime(2030, 9, 2, 9), 600, 200, 2)
    datetime.datetime(2030, 9, 2, 7, 30)
    """
    if per_hour <= 0 or people <= 0:
        raise ValueError("Picking needs people and a productivity above zero.")
    return start - timedelta(hours=pieces / (per_hour * people))


def storage_area(
    length: float,
    width: float,
    wall: float,
    forklift_aisles: tuple[int, float],
    foot_aisles: tuple[int, float],
) -> float:
    """Floor that goods really stand on, in m²: inside the walls, without aisles.

    Forklift aisles run lengthwise and take width, foot aisles run crosswise and take
    length (WHS-03, AMB-14).

    :param forklift_aisles: (number, width in m); ``foot_aisles`` likewise

    >>> storage_area(60, 40, 3, (2, 3.0), (3, 1.0))
    1428.0
    """
    inner_length = length - 2 * wall - foot_aisles[0] * foot_aisles[1]
    inner_width = width - 2 * wall - forklift_aisles[0] * forklift_aisles[1]
    return max(0.0, inner_length) * max(0.0, inner_width)


def pallets_needed(day_volume: float, days: float, per_pallet: float) -> float:
    """Pallets for the goods of the busiest days in stock, unrounded (WHS-05).

    >>> pallets_needed(1000, 4, 8)
    500.0
    """
    if per_pallet <= 0:
        raise ValueError("A pallet must take more than nothing.")
    return day_volume * days / per_pallet
