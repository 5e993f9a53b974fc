"""Planning problems to measure on: published ones read from files, and a generator."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

from tools.problem import Order, Problem, Vehicle

# Published fleets have no fixed cost; one this high makes vehicles count first.
VEHICLE_FIRST = 1000.0


def best_known(folder: Path) -> dict[str, dict]:
    """What is known about the instances of a folder."""
    return json.loads((folder / "best_known.json").read_text())


def read_pdptw(path: Path) -> Problem:
    """A Li & Lim file: pairs with windows and work, one depot, one hour per unit."""
    lines = [line.split() for line in path.read_text().splitlines() if line.split()]
    count, capacity = int(lines[0][0]), float(lines[0][1])
    rows = {int(row[0]): [float(value) for value in row[1:]] for row in lines[1:]}
    roads = _roads({str(n): (row[0], row[1]) for n, row in rows.items()})
    orders = []
    for number, row in rows.items():
        if row[2] <= 0:
            continue
        other = rows[int(row[7])]
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
        for n in range(count)
    ]
    return Problem(tuple(orders), tuple(vehicles), roads, 1.0, rows[0][4])


def read_hvrp(path: Path, free_fleet: bool) -> Problem:
    """A Taillard file: deliveries from one depot with a fleet of several kinds."""
    lines = [
        line.split()
        for line in path.read_text().splitlines()
        if line.strip() and not line.strip().startswith("//")
    ]
    customers, kinds = int(lines[0][0]), int(lines[0][1])
    places = {"0": tuple(map(float, lines[1 + kinds][:2]))}
    orders = []
    for number, row in enumerate(lines[2 + kinds : 2 + kinds + customers], 1):
        places[str(number)] = float(row[0]), float(row[1])
        load = float(row[2])
        orders.append(Order(str(number), "0", str(number), load, load))
    total = sum(order.kg for order in orders)
    vehicles = []
    for kind, row in enumerate(lines[1 : 1 + kinds]):
        count, capacity, fixed, price = int(row[0]), *map(float, row[1:4])
        if free_fleet:
            count = min(count, math.ceil(1.5 * total / capacity))
        vehicles += [
            Vehicle(f"v{kind}-{n}", capacity, capacity, "0", "0", fixed, price)
            for n in range(count)
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
