"""What one order needs alone: whether it can go at all, and what it would cost.

Finds the impossible orders in no time and says why, before a solver runs; gives the
cost of separate delivery that a joint plan is compared with. Catalogue COD-03, FLT-02.
"""

from __future__ import annotations

from .problem import Order, Problem, Reason, Vehicle


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
    """Whether a direct trip keeps both windows and the horizon; lanes must exist."""
    hours = problem.hours(vehicle.start, order.origin) or 0.0
    for window, leg in (
        (order.pickup, (order.origin, order.destination)),
        (order.deliver, (order.destination, vehicle.end or order.destination)),
    ):
        if window:
            if hours > window[1] + 1e-9:
                return False
            hours = max(hours, window[0])
        hours += problem.hours(*leg) or 0.0
    return hours <= problem.horizon_h + 1e-9


def trip_cost(problem: Problem, order: Order, vehicle: Vehicle) -> float | None:
    """Money of the order alone on this vehicle, None if it cannot go on it."""
    if not (vehicle.fits(order) and vehicle.carries(order)):
        return None
    km = trip_km(problem, order, vehicle)
    if km is None or not trip_in_time(problem, order, vehicle):
        return None
    return vehicle.fixed_cost + vehicle.cost_per_km * km


def separate_cost(problem: Problem, order: Order) -> float | None:
    """Money of the order alone on the cheapest vehicle that can take it."""
    costs = [trip_cost(problem, order, vehicle) for vehicle in problem.vehicles]
    return min((cost for cost in costs if cost is not None), default=None)


def reason_alone(problem: Problem, order: Order) -> Reason | None:
    """Why the order can go on no vehicle, None if it can."""
    if not problem.vehicles:
        return "no_vehicle"
    fitting = [vehicle for vehicle in problem.vehicles if vehicle.fits(order)]
    if not fitting:
        return "capacity"
    allowed = [vehicle for vehicle in problem.vehicles if vehicle.carries(order)]
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
