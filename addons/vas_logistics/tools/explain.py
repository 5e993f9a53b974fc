"""Why each order rides where it rides: what it adds, and what it would cost alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .problem import Order, Problem, Route, Vehicle, load_rate
from .routes import Task, build_route


def explain(
    problem: Problem,
    vehicle: Vehicle,
    route: Route,
    tasks: Sequence[Task],
    alone: Mapping[str, float],
    large_share: float = 0.0,
) -> dict[str, dict]:
    """Per order: kilometres and money it adds, money alone, and three hints.

    ``way_back``: it rides towards where the vehicle ends (RSI-03). ``mix``: it is heavy
    among light orders, or light among heavy ones (RSI-02). ``beside``: the shipper
    whose trip it fills up (RSI-06), because that one has at least ``large_share`` of
    all that rides; 0 names nobody.
    """
    orders = {task.order.id: task.order for task in tasks}
    heavy = {key: _heavy(order, vehicle) for key, order in orders.items()}
    large = _large_shipper(list(orders.values()), vehicle, large_share)
    reasons = {}
    for key, order in orders.items():
        rest = [task for task in tasks if task.order.id != key]
        others = _without(problem, vehicle, rest)
        more_km = route.km - (others.km if others else 0.0)
        more = route.cost - (others.cost if others else vehicle.fixed_cost)
        if rest and others is None:  # no road without this order: it adds nothing
            more_km = more = 0.0
        reasons[key] = {
            "only": not rest,
            "km": round(max(more_km, 0.0), 3),
            "more": round(max(more, 0.0), 2),
            "alone": round(alone[key], 2),
            "way_back": bool(rest) and order.destination == vehicle.end,
            "mix": len(set(heavy.values())) > 1
            and sum(kind == heavy[key] for kind in heavy.values()) * 2 <= len(heavy),
            "beside": large if large != order.shipper else "",
        }
    return reasons


def _large_shipper(
    orders: Sequence[Order], vehicle: Vehicle, large_share: float
) -> str:
    """Who fills at least this share of what rides; nobody where one rides alone."""
    loads: dict[str, float] = {}
    for order in orders:
        load = load_rate([(order.kg, order.m3)], vehicle.kg, vehicle.m3)
        loads[order.shipper] = loads.get(order.shipper, 0.0) + load
    total = sum(loads.values())
    if not large_share or not total or len(loads) < 2:
        return ""
    large = max(loads, key=lambda shipper: (loads[shipper], shipper))
    return large if loads[large] >= large_share * total else ""


def empty_way_back(route: Route) -> tuple[str, float]:
    """Where the vehicle is empty for the rest of its way, and the kilometres (RSI-03).

    Nothing for a route that never carries anything.
    """
    place, km = "", 0.0
    on_board = 0
    for stop in route.stops:
        if place:
            km += stop.leg_km
        on_board += len(stop.pickups) - len(stop.deliveries)
        if stop.deliveries and not on_board:
            place, km = stop.outlet, 0.0
        elif on_board:
            place = ""
    return (place, km) if place and km else ("", 0.0)


def _heavy(order: Order, vehicle: Vehicle) -> bool:
    kg = order.kg / vehicle.kg if vehicle.kg else 0.0
    m3 = order.m3 / vehicle.m3 if vehicle.m3 else 0.0
    return kg > m3


def _without(problem: Problem, vehicle: Vehicle, tasks: Sequence[Task]) -> Route | None:
    """The route without an order; None without tasks, or without a road."""
    if not tasks:
        return None
    try:
        return build_route(problem, vehicle, tasks)
    except ValueError:
        return None
