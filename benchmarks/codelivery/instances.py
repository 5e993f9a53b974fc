"""Planning problems to measure on: published ones read from files, and a generator."""

from __future__ import annotations

import json
import math
import random
import sys
from pathlib import Path

from tools.problem import Order, Problem, Vehicle

# Published fleets have no fixed cost; one this high makes vehicles count first.
VEHICLE_FIRST = 1000.0


class InstanceError(Exception):
    """A file that is not what it should be: which, where, and what was expected."""


def best_known(folder: Path) -> dict[str, dict]:
    """What is known about the instances of a folder; nothing where nobody wrote it."""
    path = folder / "best_known.json"
    return json.loads(path.read_text()) if path.exists() else {}


def names(folder: Path, known: dict[str, dict]) -> list[str]:
    """Every instance of a folder: those that are known, and files put beside them."""
    files = {path.stem for path in folder.glob("*.txt")}
    for name in sorted(set(known) - files):
        print(f"{folder / name}.txt: known, but there is no file.", file=sys.stderr)
    return sorted(files)


class _Table:
    """The rows of a file, without blank lines and comments."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        self.rows = [
            (number, line.split())
            for number, line in enumerate(text.splitlines(), 1)
            if line.strip() and not line.strip().startswith(("//", "#"))
        ]
        self.next = 0

    def take(self, what: str, size: int) -> list[float]:
        """The next row as numbers, at least ``size`` of them."""
        if self.next >= len(self.rows):
            raise InstanceError(f"{self.path.name}: the file ends before {what}.")
        number, row = self.rows[self.next]
        self.next += 1
        try:
            values = [float(value) for value in row]
        except ValueError:
            values = []
            wrong = " ".join(row)
        else:
            wrong = f"{len(values)} numbers"
        if len(values) < size:
            raise InstanceError(
                f"{self.path.name}, line {number}: expected {what} as {size} numbers, "
                f"found {wrong}."
            )
        return values

    @property
    def more(self) -> bool:
        """Whether rows are left."""
        return self.next < len(self.rows)


def read_pdptw(path: Path) -> Problem:
    """A Li & Lim file: pairs with windows and work, one depot, one hour per unit."""
    table = _Table(path)
    count, capacity = table.take("vehicles and capacity", 2)[:2]
    rows: dict[int, list[float]] = {}
    while table.more:
        number, *row = table.take("a place with its window and its pair", 9)
        rows[int(number)] = row
    if 0 not in rows:
        raise InstanceError(f"{path.name}: there is no depot, the place 0.")
    roads = _roads({str(n): (row[0], row[1]) for n, row in rows.items()})
    orders = []
    for number, row in rows.items():
        if row[2] <= 0:
            continue
        other = rows.get(int(row[7]))
        if other is None or other[2] != -row[2]:
            raise InstanceError(
                f"{path.name}: place {number} is picked up for place {int(row[7])}, "
                f"which does not take {row[2]:g}."
            )
        orders.append(
            Order(
                id=str(number),
                origin=str(number),
                destination=str(int(row[7])),
                kg=row[2],
                m3=row[2],
                pickup=(row[3], row[4]),
                deliver=(other[3], other[4]),
                load_h=row[5],
                unload_h=other[5],
            )
        )
    vehicles = [
        Vehicle(f"v{n}", capacity, capacity, "0", "0", VEHICLE_FIRST, 1.0)
        for n in range(int(count))
    ]
    return Problem(tuple(orders), tuple(vehicles), roads, 1.0, rows[0][4])


def read_hvrp(path: Path, free_fleet: bool) -> Problem:
    """A Taillard file: deliveries from one depot with a fleet of several kinds."""
    table = _Table(path)
    customers, kinds = (
        int(value) for value in table.take("customers and kinds of vehicle", 2)[:2]
    )
    fleet = [
        table.take("number, capacity, fixed cost and price of a kind", 4)
        for _kind in range(kinds)
    ]
    places = {"0": tuple(table.take("the depot", 2)[:2])}
    orders = []
    for number in range(1, customers + 1):
        *place, load = table.take("a customer with its demand", 3)[:3]
        places[str(number)] = tuple(place)
        orders.append(Order(str(number), "0", str(number), load, load))
    total = sum(order.kg for order in orders)
    vehicles = []
    for kind, (count, capacity, fixed, price, *_rest) in enumerate(fleet):
        if free_fleet:
            count = min(count, math.ceil(1.5 * total / capacity))
        vehicles += [
            Vehicle(f"v{kind}-{n}", capacity, capacity, "0", "0", fixed, price)
            for n in range(int(count))
        ]
    return Problem(tuple(orders), tuple(vehicles), _roads(places), 1.0, 10**5)


def _roads(places: dict[str, tuple]) -> dict[tuple[str, str], float]:
    return {
        (one, other): math.dist(places[one], places[other])
        for one in places
        for other in places
        if one != other
    }


WINDOWS = ((7, 11), (8, 12), (8, 18), (10, 17))
SHIFT = (5.5, 19.5)
FLEET = (  # per 500 orders: how many, kg, m³, per trip, per km
    (12, 1200, 9, 45, 0.55),
    (10, 5000, 32, 95, 0.85),
    (6, 12000, 55, 150, 1.25),
)


SPEED_KMH = 60.0
SETUP_H = 10 / 60
DETOUR = 1.3


def _in_time(one: str, other: str, roads: dict, window: dict) -> bool:
    """Whether a pair of outlets lies on one way, and a direct trip is in time."""
    way = roads["DC", one] + roads[one, other]
    if way > DETOUR * roads["DC", other]:
        return False
    loaded = max(roads["DC", one] / SPEED_KMH + SETUP_H, window[one][0]) + 1 / 60
    arrived = loaded + roads[one, other] / SPEED_KMH + SETUP_H
    return loaded <= window[one][1] and arrived <= window[other][1]


def network(orders: int, seed: int = 7, customers: int = 25) -> Problem:
    """A day of a distribution centre with 30 outlets around it.

    Three quarters go from the centre to outlets, 15 % between outlets on one way (an
    intermediate pickup), a tenth back.
    Weights are lognormal around 60 kg; a third of what leaves the centre is ready at
    eight. Ten minutes for each stop and one for each order.
    """
    dice = random.Random(seed)
    places = {"DC": (0.0, 0.0)}
    window = {}
    for number in range(30):
        radius, angle = dice.uniform(10, 150), dice.uniform(0, 2 * math.pi)
        name = f"P{number:02}"
        places[name] = radius * math.cos(angle), radius * math.sin(angle)
        opens, closes = dice.choice(WINDOWS)
        window[name] = opens - SHIFT[0], closes - SHIFT[0]
    outlets = sorted(window)
    roads = _roads(places)
    possible = [
        (one, other)
        for one in outlets
        for other in outlets
        if one != other and _in_time(one, other, roads, window)
    ]
    result = []
    for number in range(orders):
        kg = min(max(dice.lognormvariate(math.log(60), 1.0), 1.0), 900.0)
        m3 = kg / dice.uniform(120, 350)
        draw = dice.random()
        origin, destination = "DC", dice.choice(outlets)
        if draw >= 0.90:
            origin, destination = destination, "DC"
        elif draw >= 0.75:
            origin, destination = dice.choice(possible)
        released = origin == "DC" and dice.random() < 1 / 3
        ready = 8 - SHIFT[0] if released else 0.0
        result.append(
            Order(
                id=f"o{number:04}",
                origin=origin,
                destination=destination,
                kg=round(kg, 1),
                m3=round(m3, 3),
                shipper=f"c{dice.randrange(customers):02}",
                pickup=window.get(origin, (ready, SHIFT[1] - SHIFT[0])),
                deliver=window.get(destination),
                load_h=1 / 60,
                unload_h=1 / 60,
            )
        )
    scale = orders / 500
    vehicles = [
        Vehicle(f"v{kind}-{n}", kg, m3, "DC", "DC", fixed, price, trips=3)
        for kind, (count, kg, m3, fixed, price) in enumerate(FLEET)
        for n in range(round(count * scale))
    ]
    return Problem(
        orders=tuple(result),
        vehicles=tuple(vehicles),
        distance_km=roads,
        speed_kmh=SPEED_KMH,
        horizon_h=SHIFT[1] - SHIFT[0],
        setup_h=SETUP_H,
    )
