"""What would help an order that a plan leaves behind: another vehicle, or more time.

Pure arithmetic on one order at a time; nothing is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .feasibility import direct_delay, trip_cost, trip_km
from .problem import Order, Problem, Vehicle, Window
from .routes import Task, build_route


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


def _open_end(window: Window | None, horizon: float) -> Window | None:
    return window and (window[0], max(window[1], horizon))


def _until(window: Window | None, begin: float) -> Window | None:
    return window and (window[0], max(window[1], begin))
