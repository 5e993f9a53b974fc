"""Distances between places, read from the cells of a table.

Two shapes are understood. A *matrix*: codes in the first row and in the first column,
kilometres in between, empty where there is no road. A *list*: a header that names the
columns origin, destination, km and optionally hours, class, cost per km and toll, then
one pair per row. With a class, a pair may come once for each class.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import time, timedelta
from typing import Any, NamedTuple

#: The number of each row and its cells.
Table = list[tuple[int, list[Any]]]

# Words for the columns of a list, in the languages of the product.
COLUMNS = {
    "origin": ("origin", "from", "起点", "出发网点"),
    "destination": ("destination", "to", "终点", "到达网点"),
    "km": (
        "km",
        "distance",
        "distance (km)",
        "distance_km",
        "公里",
        "距离",
        "距离(公里)",
    ),
    "hours": ("hours", "driving time", "drive_hours", "小时", "行驶时间"),
    "category": ("class", "vehicle class", "车型", "车辆类别", "车辆等级"),
    "cost_per_km": ("cost per km", "cost_per_km", "每公里费用", "每公里成本"),
    "toll": ("toll", "过路费", "通行费"),
}


class LaneRow(NamedTuple):
    """One directed lane: kilometres, hours and prices if the table says so."""

    line: int
    origin: str
    destination: str
    km: float
    hours: float | None
    category: str = ""
    cost_per_km: float = 0.0
    toll: float = 0.0


class BadCell(NamedTuple):
    """A cell that cannot be used: row number from 1, what is wrong, what it says."""

    line: int
    problem: str
    value: str


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _positive(cell: object) -> float | None:
    """The number of a cell, or nothing when it is none above zero."""
    try:
        number = float(_text(cell).replace(",", ""))
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None


def _hours(cell: object) -> float | None:
    """Hours of a cell: a number, or a time such as 1:30; None when it is neither.

    >>> _hours("1:30")
    1.5
    """
    if isinstance(cell, time):
        return cell.hour + cell.minute / 60 or None
    if isinstance(cell, timedelta):
        return cell / timedelta(hours=1) if cell > timedelta() else None
    hours, colon, minutes = _text(cell).replace("：", ":").partition(":")
    if not colon:
        return _positive(cell)
    if not (hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60):
        return None
    return int(hours) + int(minutes) / 60 or None


def read_matrix(
    rows: Iterable[Sequence[object]],
) -> tuple[list[LaneRow], list[BadCell]]:
    """Read a table of distances.

    :param rows: cells by row; texts, numbers or nothing
    :return: the lanes, and the cells that are wrong (then the lanes are incomplete)
    """
    table = [(number, list(row)) for number, row in enumerate(rows, 1)]
    table = [(number, row) for number, row in table if any(map(_text, row))]
    if len(table) < 2:
        return [], [BadCell(1, "header", "")]
    header = [_text(cell).casefold() for cell in table[0][1]]
    columns = {
        name: header.index(word)
        for name, words in COLUMNS.items()
        for word in words
        if word in header
    }
    if "origin" in columns and "destination" in columns:
        if "km" not in columns:
            return [], [BadCell(1, "header", "")]
        lanes, faults = _read_list(table[1:], columns)
    else:
        lanes, faults = _read_square(table)
    seen = set()
    known: dict[tuple[str, str], tuple[float, float | None]] = {}
    for lane in lanes:
        pair = (lane.origin, lane.destination)
        if (pair, lane.category) in seen:
            faults.append(BadCell(lane.line, "twice", " → ".join(pair)))
        elif known.setdefault(pair, (lane.km, lane.hours)) != (lane.km, lane.hours):
            faults.append(BadCell(lane.line, "differs", " → ".join(pair)))
        seen.add((pair, lane.category))
    return lanes, faults


def _read_list(
    table: Table, columns: Mapping[str, int]
) -> tuple[list[LaneRow], list[BadCell]]:
    lanes: list[LaneRow] = []
    faults: list[BadCell] = []
    for line, row in table:
        row = row + [None] * (max(columns.values()) + 1 - len(row))
        origin = _text(row[columns["origin"]])
        destination = _text(row[columns["destination"]])
        km = _positive(row[columns["km"]])
        hours = None
        if "hours" in columns and _text(row[columns["hours"]]):
            hours = _hours(row[columns["hours"]])
            if hours is None:
                faults.append(BadCell(line, "number", _text(row[columns["hours"]])))
        category, prices = _read_prices(line, row, columns, faults)
        if not origin or not destination:
            faults.append(BadCell(line, "outlet", origin or destination))
        elif origin == destination:
            faults.append(BadCell(line, "same", origin))
        elif km is None:
            faults.append(BadCell(line, "number", _text(row[columns["km"]])))
        else:
            lane = LaneRow(line, origin, destination, km, hours, category, *prices)
            lanes.append(lane)
    return lanes, faults


def _read_prices(
    line: int, row: Sequence[Any], columns: Mapping[str, int], faults: list[BadCell]
) -> tuple[str, list[float]]:
    """The vehicle class of a row and what it pays: per kilometre, and at the gate."""
    category = _text(row[columns["category"]]) if "category" in columns else ""
    prices = []
    for name in ("cost_per_km", "toll"):
        text = _text(row[columns[name]]) if name in columns else ""
        price: float | None = 0.0
        if text not in ("", "0"):
            price = _positive(text)
            if price is None:
                faults.append(BadCell(line, "number", text))
        prices.append(price or 0.0)
    if any(prices) and not category:
        faults.append(BadCell(line, "class", ""))
    if category and not any(prices):
        faults.append(BadCell(line, "price", category))
    return category, prices


def _read_square(table: Table) -> tuple[list[LaneRow], list[BadCell]]:
    lanes: list[LaneRow] = []
    faults: list[BadCell] = []
    codes = [_text(cell) for cell in table[0][1]]
    for line, row in table[1:]:
        origin = _text(row[0])
        for position, cell in enumerate(row[1:], 1):
            text = _text(cell)
            destination = codes[position] if position < len(codes) else ""
            if not text or text in ("-", "—") or origin == destination:
                continue  # no road, or the diagonal
            km = _positive(cell)
            if not origin or not destination:
                faults.append(BadCell(line, "outlet", origin or destination))
            elif km is None:
                faults.append(BadCell(line, "number", text))
            else:
                lanes.append(LaneRow(line, origin, destination, km, None))
    return lanes, faults
