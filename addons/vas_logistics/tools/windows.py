"""Which windows to move so that a trip is saved (RSI-04: offset operation times).

A trip with few orders is taken apart: can the other trips take its orders if their
windows were a little wider? Then by how much, and what is saved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from .insertion import Insertion, Tours
from .problem import Order, Problem, Route, Solution
from .routes import build_route, route_tasks

FEW_ORDERS = 3
MOST_TRIPS = 15
EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Move:
    """Move one end of an order's window to ``hour``; with the other moves of the same
    trip this saves ``saving``."""

    order: str
    end: Literal["pickup", "deliver"]
    hour: float
    trip: str
    saving: float


def window_moves(problem: Problem, solution: Solution, hours: float) -> list[Move]:
    """Moves of at most ``hours`` that save a trip, the largest saving first."""
    orders = {order.id: order for order in problem.orders}
    small = [route for route in solution.routes if len(route.orders) <= FEW_ORDERS]
    small.sort(key=lambda route: (len(route.orders), route.vehicle))
    moves: list[Move] = []
    for route in small[:MOST_TRIPS]:
        moves += _without(problem, solution, route, orders, hours)
    return sorted(moves, key=lambda move: (-move.saving, move.trip, move.order))


def _without(
    problem: Problem,
    solution: Solution,
    route: Route,
    orders: dict[str, Order],
    hours: float,
) -> list[Move]:
    tours: Tours = {
        other.vehicle: route_tasks(other, orders)
        for other in solution.routes
        if other.vehicle != route.vehicle
    }
    if not tours:
        return []
    wider = {key: _widened(orders[key], hours) for key in route.orders}
    others = tuple(wider.get(order.id, order) for order in problem.orders)
    fleet = tuple(v for v in problem.vehicles if v.id in tours)
    work = Insertion(replace(problem, orders=others, vehicles=fleet), tours)
    before = sum(work.costs.values())
    if work.place_all(wider.values()):
        return []
    saving = route.cost - (sum(work.costs.values()) - before)
    if saving <= EPSILON:
        return []
    found = []
    for vehicle in fleet:
        again = build_route(work.problem, vehicle, work.tours[vehicle.id])
        for stop in again.stops:
            for kind, key, begin in stop.handled:
                if key not in wider:
                    continue
                end: Literal["pickup", "deliver"] = (
                    "pickup" if kind == "pickup" else "deliver"
                )
                window = orders[key].pickup if end == "pickup" else orders[key].deliver
                if window and not window[0] - EPSILON <= begin <= window[1] + EPSILON:
                    found.append(Move(key, end, begin, route.vehicle, saving))
    return found


def _widened(order: Order, hours: float) -> Order:
    def wide(window: tuple[float, float] | None) -> tuple[float, float] | None:
        return window and (max(window[0] - hours, 0.0), window[1] + hours)

    return replace(order, pickup=wide(order.pickup), deliver=wide(order.deliver))
