"""Turn a sequence of loading and unloading into a route with times, loads and cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from .problem import Order, Problem, Route, Stop, Vehicle


class Task(NamedTuple):
    """Load or unload one order."""

    kind: Literal["pickup", "delivery"]
    order: Order

    @property
    def outlet(self) -> str:
        """The place where it happens."""
        order = self.order
        return order.origin if self.kind == "pickup" else order.destination


def build_route(problem: Problem, vehicle: Vehicle, tasks: Sequence[Task]) -> Route:
    """Drive the tasks in this order, as early as possible, from the vehicle's start.

    Neighbouring tasks at one place are one stop. A route begins at the vehicle's start
    and, where it has one, ends at its end, even with nothing to do there. Lanes must
    exist (``ValueError`` otherwise).
    """
    groups: list[tuple[str, list[Task]]] = [(vehicle.start, [])]
    for task in tasks:
        if task.outlet != groups[-1][0]:
            groups.append((task.outlet, []))
        groups[-1][1].append(task)
    if vehicle.end is not None and groups[-1][0] != vehicle.end:
        groups.append((vehicle.end, []))
    stops: list[Stop] = []
    clock = kg = m3 = km = 0.0
    place = vehicle.start
    for outlet, group in groups:
        leg = problem.km(place, outlet)
        if leg is None:
            raise ValueError(f"There is no lane from {place} to {outlet}.")
        arrival = clock + (problem.hours(place, outlet) or 0.0)
        clock = arrival
        for kind, order in group:
            window = order.pickup if kind == "pickup" else order.deliver
            clock = max(clock, window[0] if window else clock)
            sign = 1 if kind == "pickup" else -1
            kg += sign * order.kg
            m3 += sign * order.m3
        km += leg
        place = outlet
        stops.append(
            Stop(
                outlet=outlet,
                arrival=arrival,
                departure=clock,
                leg_km=leg,
                pickups=tuple(t.order.id for t in group if t.kind == "pickup"),
                deliveries=tuple(t.order.id for t in group if t.kind == "delivery"),
                kg=round(kg, 6),
                m3=round(m3, 6),
            )
        )
    return Route(
        vehicle=vehicle.id,
        stops=tuple(stops),
        km=km,
        cost=vehicle.fixed_cost + vehicle.cost_per_km * km,
    )
