"""What would help an order that a plan leaves behind: another vehicle, or more time.

Pure arithmetic on one order at a time; nothing is decided here.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .feasibility import direct_delay, trip_cost, trip_km
from .insertion import Network
from .problem import Order, Problem, Route, Vehicle, Window
from .routes import Task, build_route, route_tasks

# So long it is looked whether later windows have room; then it is taken for granted.
LOOK_S = 2.0


@dataclass(frozen=True, slots=True)
class Wider:
    """Windows of an order as a direct trip needs them.

    ``hours``: by how much the ends of both move together; ``cost``: money of that trip.
    """

    pickup: Window | None
    deliver: Window | None
    hours: float
    cost: float


def cheapest_vehicle(problem: Problem, order: Order) -> tuple[Vehicle, float] | None:
    """The vehicle that takes the order alone for the least money, and the money."""
    costs = [
        (cost, vehicle.id, vehicle)
        for vehicle in problem.kinds
        if (cost := trip_cost(problem, order, vehicle)) is not None
    ]
    if not costs:
        return None
    cost, _id, vehicle = min(costs)
    return vehicle, cost


def wider_windows(problem: Problem, order: Order) -> Wider | None:
    """How much later the windows of the order must end, so that a vehicle of the plan
    keeps them on a direct trip; None where its windows are not what stops it.

    The vehicle for which they move least, then the cheapest.
    """
    found = []
    for vehicle in problem.vehicles:
        if not vehicle.takes(order) or trip_km(problem, order, vehicle) is None:
            continue
        free = replace(
            order,
            pickup=_open_end(order.pickup, problem.horizon_h),
            deliver=_open_end(order.deliver, problem.horizon_h),
        )
        if direct_delay(problem, free, vehicle):
            continue
        tasks = [Task("pickup", free), Task("delivery", free)]
        route = build_route(problem, vehicle, tasks)
        begins = {
            kind: begin for stop in route.stops for kind, _id, begin in stop.handled
        }
        pickup = _until(order.pickup, begins["pickup"])
        deliver = _until(order.deliver, begins["delivery"])
        hours = sum(
            new[1] - old[1]
            for new, old in ((pickup, order.pickup), (deliver, order.deliver))
            if new and old
        )
        found.append(Wider(pickup, deliver, hours, route.cost))
    return min(found, key=lambda way: (way.hours, way.cost), default=None)


class Places:
    """Whether orders with later windows have room on the trips or free vehicles."""

    def __init__(
        self,
        problem: Problem,
        routes: Iterable[Route],
        wider: Mapping[str, Wider | None],
    ) -> None:
        self.orders = {order.id: order for order in problem.orders}
        self.tours = {
            route.vehicle: route_tasks(route, self.orders) for route in routes
        }
        for key, windows in wider.items():
            if windows:
                self.orders[key] = replace(
                    self.orders[key], pickup=windows.pickup, deliver=windows.deliver
                )
        changed = replace(problem, orders=tuple(self.orders.values()))
        self.network = Network(changed)
        self.until = time.monotonic() + LOOK_S

    def has(self, key: str) -> bool:
        """Whether one order fits somewhere; also yes when there is no time to look."""
        order = self.orders[key]
        for vehicle in self.network.problem.vehicles:
            if time.monotonic() > self.until:
                return True
            if self.network.insert(vehicle, self.tours.get(vehicle.id, []), order):
                return True
        return False


def _open_end(window: Window | None, horizon: float) -> Window | None:
    return window and (window[0], max(window[1], horizon))


def _until(window: Window | None, begin: float) -> Window | None:
    return window and (window[0], max(window[1], begin))
