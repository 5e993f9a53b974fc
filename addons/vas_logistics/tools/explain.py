"""Why each order rides where it rides: what it adds, and what it would cost alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .problem import Order, Problem, Route, Vehicle
from .routes import Task, build_route


def explain(
    problem: Problem,
    vehicle: Vehicle,
    route: Route,
    tasks: Sequence[Task],
    alone: Mapping[str, float],
) -> dict[str, dict]:
    """Per order: kilometres and money it adds, money alone, and two hints.

    ``way_back``: it rides towards where the vehicle ends (RSI-03). ``mix``: it is heavy
    among light orders, or light among heavy ones (RSI-02).
    """
    orders = {task.order.id: task.order for task in tasks}
    heavy = {key: _heavy(order, vehicle) for key, order in orders.items()}
    reasons = {}
    for key, order in orders.items():
        rest = [task for task in tasks if task.order.id != key]
        more_km = route.km - _km(problem, vehicle, rest) if rest else route.km
        reasons[key] = {
            "only": not rest,
            "km": round(max(more_km, 0.0), 3),
            "more": round(max(more_km, 0.0) * vehicle.cost_per_km, 2),
            "alone": round(alone[key], 2),
            "way_back": bool(rest) and order.destination == vehicle.end,
            "mix": len(set(heavy.values())) > 1
            and sum(kind == heavy[key] for kind in heavy.values()) * 2 <= len(heavy),
        }
    return reasons


def _heavy(order: Order, vehicle: Vehicle) -> bool:
    kg = order.kg / vehicle.kg if vehicle.kg else 0.0
    m3 = order.m3 / vehicle.m3 if vehicle.m3 else 0.0
    return kg > m3


def _km(problem: Problem, vehicle: Vehicle, tasks: Sequence[Task]) -> float:
    try:
        return build_route(problem, vehicle, tasks).km
    except ValueError:  # without this order there is no road: it costs nothing more
        return float("inf")
