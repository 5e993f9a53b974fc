"""What one order needs alone: whether it can go at all, and what it would cost.

Finds the impossible orders in no time and says why, before a solver runs; gives the
cost of separate delivery that a joint plan is compared with. Catalogue COD-03, FLT-02.
"""

from __future__ import annotations

from .problem import Order, Problem, Reason, Vehicle
from .routes import Task, build_route

LATE = 1e-9


def trip_km(problem: Problem, order: Order, vehicle: Vehicle) -> float | None:
    """Kilometres from the vehicle's start over the order to its end, None if a lane
    is missing."""
    legs = [
        problem.km(vehicle.start, order.origin),
        problem.km(order.origin, order.destination),
    ]
    if vehicle.end is not None:
        legs.append(problem.km(order.destination, vehicle.end))
    if any(leg is None for leg in legs):
        return None
    return sum(leg for leg in legs if leg is not None)


def trip_in_time(problem: Problem, order: Order, vehicle: Vehicle) -> bool:
    """Whether a direct trip keeps windows, shift, driving hours and horizon; lanes must
    exist."""
    return direct_delay(problem, order, vehicle) == 0.0


def direct_delay(problem: Problem, order: Order, vehicle: Vehicle) -> float:
    """Hours by which a direct trip misses what it misses most; 0 when it is in time."""
    clock = vehicle.shift[0] if vehicle.shift else 0.0
    late = 0.0
    at_start = order.origin == vehicle.start
    place = vehicle.start
    loading = 0.0 if at_start else order.load_h
    for outlet, window, own, work in (
        (order.origin, order.pickup, order.pickup_open, loading),
        (order.destination, order.deliver, order.deliver_open, order.unload_h),
    ):
        if outlet != place:
            clock += (problem.hours(place, outlet) or 0.0) + problem.setup_h
        place = outlet
        clock, missed = problem.begin(outlet, window, clock, own)
        late = max(late, missed)
        clock += work
    if vehicle.end is not None:
        clock += problem.hours(place, vehicle.end) or 0.0
    close = problem.horizon_h
    if vehicle.shift:
        close = min(close, vehicle.shift[1])
    late = max(late, clock - close)
    if vehicle.max_hours is not None and late <= LATE:
        tasks = [Task("pickup", order), Task("delivery", order)]
        route = build_route(problem, vehicle, tasks)
        out = route.stops[-1].departure - route.stops[0].departure
        late = max(late, out - vehicle.max_hours)
    return late if late > LATE else 0.0


def trip_cost(problem: Problem, order: Order, vehicle: Vehicle) -> float | None:
    """Money of the order alone on this vehicle, None if it cannot go on it."""
    if not vehicle.takes(order):
        return None
    km = trip_km(problem, order, vehicle)
    if km is None or not trip_in_time(problem, order, vehicle):
        return None
    way = [vehicle.start, order.origin, order.destination]
    return problem.way_money(vehicle, way + [vehicle.end] * (vehicle.end is not None))


def separate_cost(problem: Problem, order: Order) -> float | None:
    """Money of the order alone on the cheapest vehicle that can take it."""
    fleet = problem.vehicles if order.vehicles is not None else problem.kinds
    costs = [trip_cost(problem, order, vehicle) for vehicle in fleet]
    return min((cost for cost in costs if cost is not None), default=None)


def reason_alone(problem: Problem, order: Order) -> Reason | None:
    """Why the order can go on no vehicle, None if it can."""
    if not problem.vehicles:
        return "no_vehicle"
    fleet = problem.kinds
    if order.vehicles is not None:
        fleet = tuple(v for v in problem.vehicles if v.id in order.vehicles)
        if not fleet:
            return "no_vehicle"
    fitting = [vehicle for vehicle in fleet if vehicle.fits(order)]
    if not fitting:
        return "capacity"
    allowed = [vehicle for vehicle in fleet if vehicle.carries(order)]
    if not allowed:
        return "class"
    both = [vehicle for vehicle in allowed if vehicle.fits(order)]
    if not both:
        return "capacity"
    reaching = [v for v in both if trip_km(problem, order, v) is not None]
    if not reaching:
        return "unreachable"
    if not any(trip_in_time(problem, order, vehicle) for vehicle in reaching):
        return "time_window"
    return None
