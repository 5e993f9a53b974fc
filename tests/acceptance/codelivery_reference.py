"""Every plan of a few orders tried out, and cases made with it.

``python codelivery_reference.py`` writes ``cases/codelivery_generated.json``: random
small planning problems whose best answer was found by trying every way to put the
orders on the vehicles and every order of the stops. It shares no line with the planner.
"""

from __future__ import annotations

import json
import random
from functools import lru_cache
from itertools import product
from pathlib import Path

CASES = 30
SEED = 20
HORIZON_H = 24.0
TOLERANCE = 1e-9


class Reference:
    """The rules of ``cases/README.md``, one after the other."""

    def __init__(self, case: dict) -> None:
        self.case = case
        self.orders = case["orders"]
        self.vehicles = case["vehicles"]

    def km(self, one: str, other: str) -> float | None:
        """Kilometres of the lane, None without one."""
        return 0 if one == other else self.case["distance_km"].get(one, {}).get(other)

    @staticmethod
    def carries(vehicle: dict, order: dict) -> bool:
        """Whether the vehicle may carry this class of cargo."""
        allowed = vehicle.get("classes")
        return allowed is None or order["class"] in (None, *allowed)

    def arrive(self, place, to, clock, window) -> float | None:
        """When work at the next place begins, None if out of reach or too late."""
        leg = self.km(place, to)
        if leg is None:
            return None
        at = clock + leg / self.case["speed_kmh"]
        if window is not None:
            at = max(at, window[0])
            if at > window[1] + TOLERANCE:
                return None
        return at if at <= HORIZON_H + TOLERANCE else None

    def best_route(self, vehicle: dict, numbers: tuple[int, ...]) -> float | None:
        """Money of the cheapest route with exactly these orders, None if none keeps
        every promise."""
        chosen = [self.orders[number] for number in numbers]
        if not all(self.carries(vehicle, order) for order in chosen):
            return None
        best: list[float | None] = [None]

        def go(place, clock, km, kg, m3, waiting, board) -> None:
            if not waiting and not board:
                leg = 0 if vehicle["end"] is None else self.km(place, vehicle["end"])
                if leg is None:
                    return
                if clock + leg / self.case["speed_kmh"] > HORIZON_H + TOLERANCE:
                    return
                if best[0] is None or km + leg < best[0]:
                    best[0] = km + leg
                return
            for number in waiting | board:
                order = chosen[number]
                loads = number in waiting
                to = order["from"] if loads else order["to"]
                window = order["pickup"] if loads else order["deliver"]
                at = self.arrive(place, to, clock, window)
                sign = 1 if loads else -1
                weight, room = kg + sign * order["kg"], m3 + sign * order["m3"]
                heavy = weight > vehicle["kg"] + 1e-6 or room > vehicle["m3"] + 1e-6
                if at is None or heavy:
                    continue
                rest = (
                    waiting - {number},
                    (board | {number} if loads else board - {number}),
                )
                go(to, at, km + self.km(place, to), weight, room, *rest)

        everything = frozenset(range(len(chosen)))
        go(vehicle["start"], 0.0, 0.0, 0.0, 0.0, everything, frozenset())
        if best[0] is None:
            return None
        return vehicle["fixed_cost"] + vehicle["cost_per_km"] * best[0]

    def alone(self, order: dict) -> str | None:
        """Why no vehicle can take the order even alone."""
        if not self.vehicles:
            return "no_vehicle"
        number = self.orders.index(order)
        fits = [
            vehicle
            for vehicle in self.vehicles
            if order["kg"] <= vehicle["kg"] and order["m3"] <= vehicle["m3"]
        ]
        if not fits:
            return "capacity"

        if not any(self.carries(vehicle, order) for vehicle in self.vehicles):
            return "class"
        both = [vehicle for vehicle in fits if self.carries(vehicle, order)]
        if not both:
            return "capacity"

        def reaches(vehicle: dict) -> bool:
            way = [vehicle["start"], order["from"], order["to"]]
            way += [vehicle["end"]] if vehicle["end"] is not None else []
            return all(
                self.km(a, b) is not None for a, b in zip(way, way[1:], strict=False)
            )

        reaching = list(filter(reaches, both))
        if not reaching:
            return "unreachable"
        if all(self.best_route(vehicle, (number,)) is None for vehicle in reaching):
            return "time_window"
        return None

    def solve(self) -> dict:
        """What a best plan looks like; only what all best plans have in common."""
        reasons = {order["id"]: self.alone(order) for order in self.orders}
        money = lru_cache(maxsize=None)(
            lambda vehicle, numbers: self.best_route(self.vehicles[vehicle], numbers)
        )
        ranks = sorted({order["priority"] for order in self.orders})
        best: tuple | None = None
        winners: set[frozenset[str]] = set()
        for choice in product(range(-1, len(self.vehicles)), repeat=len(self.orders)):
            left = tuple(
                sum(
                    place < 0 and order["priority"] == rank
                    for place, order in zip(choice, self.orders, strict=True)
                )
                for rank in ranks
            )
            if best is not None and left > best[:-1]:
                continue
            if any(
                place >= 0 and reasons[order["id"]]
                for place, order in zip(choice, self.orders, strict=True)
            ):
                continue  # what cannot go alone is not planned
            cost = 0.0
            for vehicle in set(choice) - {-1}:
                own = tuple(n for n, place in enumerate(choice) if place == vehicle)
                part = money(vehicle, own)
                if part is None:
                    break
                cost += part
            else:
                served = frozenset(
                    order["id"]
                    for place, order in zip(choice, self.orders, strict=True)
                    if place >= 0
                )
                if best is None or left < best[:-1]:
                    winners = set()
                winners.add(served)
                best = min(best or (*left, cost), (*left, cost))
        assert best is not None
        expect: dict = {"max_cost": round(best[-1] + 0.005, 2)}
        if len(winners) == 1:
            (served,) = winners
            expect["served"] = sorted(served)
            expect["unserved"] = {
                key: reason or "no_vehicle"
                for key, reason in reasons.items()
                if key not in served
            }
        return expect


def invent(dice: random.Random, number: int) -> dict:
    """A small day with everything that is odd about days."""
    outlets = list("ABCDE")[: dice.randint(2, 5)]
    roads: dict[str, dict[str, float]] = {}
    for one in outlets:
        for other in outlets:
            if one != other and dice.random() < 0.85:
                km = dice.choice((30, 60, 60, 90, 120, 100.5, 33.333, 400))
                roads.setdefault(one, {})[other] = km

    def window():
        if dice.random() < 0.55:
            return None
        opens = dice.choice((0, 0.5, 1, 2, 3.25))
        return [opens, opens + dice.choice((0, 0.5, 1, 2, 6))]

    orders = []
    for position in range(dice.randint(1, 5)):
        origin, destination = dice.sample(outlets, 2)
        orders.append(
            {
                "id": f"o{position}",
                "shipper": dice.choice(("s1", "s2", "s3")),
                "from": origin,
                "to": destination,
                "kg": dice.choice((0, 0.5, 500, 1000, 2500.5, 5000)),
                "m3": dice.choice((0.1, 1, 2.5, 10, 10)),
                "class": dice.choice((None, None, "dry", "cold")),
                "pickup": window(),
                "deliver": window(),
                "priority": dice.choice((1, 2, 2, 5)),
            }
        )
    vehicles = [
        {
            "id": f"v{position}",
            "kg": dice.choice((1000, 2500.5, 5000)),
            "m3": dice.choice((10, 12.5, 20)),
            "start": dice.choice(outlets),
            "end": dice.choice((None, None, *outlets)),
            "fixed_cost": dice.choice((0, 100, 500)),
            "cost_per_km": dice.choice((0.5, 1, 5)),
            "classes": dice.choice((None, None, ["dry"], ["dry", "cold"], [])),
        }
        for position in range(dice.choice((0, 1, 2, 2, 3)) if number else 1)
    ]
    return {
        "id": f"tried-out-{number:02}",
        "source": "every plan tried out (codelivery_reference.py)",
        "outlets": outlets,
        "distance_km": roads,
        "speed_kmh": dice.choice((60, 50, 45)),
        "vehicles": vehicles,
        "orders": orders,
    }


def main() -> None:
    """Write the cases."""
    dice = random.Random(SEED)
    cases = []
    for number in range(CASES):
        case = invent(dice, number)
        case["expect"] = Reference(case).solve()
        cases.append(case)
    target = Path(__file__).parent / "cases/codelivery_generated.json"
    target.write_text(
        json.dumps({"kind": "codelivery", "cases": cases}, ensure_ascii=False, indent=1)
        + "\n"
    )


if __name__ == "__main__":
    main()
