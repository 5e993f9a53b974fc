"""Turn a sequence of loading and unloading into a route with times, loads and cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .problem import Handling, Openings, Order, Problem, Route, Stop, Vehicle

EPSILON = 1e-9


class Task(NamedTuple):
    """Load or unload one order."""

    kind: Literal["pickup", "delivery"]
    order: Order

    @property
    def outlet(self) -> str:
        """The place where it happens."""
        order = self.order
        return order.origin if self.kind == "pickup" else order.destination

    @property
    def window(self) -> tuple[float, float] | None:
        """When it may begin."""
        return self.order.pickup if self.kind == "pickup" else self.order.deliver

    @property
    def openings(self) -> Openings | None:
        """When who hands over or takes the goods works; None: always."""
        order = self.order
        return order.pickup_open if self.kind == "pickup" else order.deliver_open

    def hours_for(self, vehicle: Vehicle) -> float:
        """Hours it takes the driver; at its start others have loaded the vehicle."""
        if self.kind == "delivery":
            return self.order.unload_h
        return 0.0 if self.order.origin == vehicle.start else self.order.load_h


def route_tasks(route: Route, orders: dict[str, Order]) -> list[Task]:
    """The tasks of a route in the order in which they happen."""
    tasks = []
    for stop in route.stops:
        if stop.handled:
            tasks += [Task(kind, orders[key]) for kind, key, _begin in stop.handled]
        else:
            tasks += [Task("delivery", orders[key]) for key in stop.deliveries]
            tasks += [Task("pickup", orders[key]) for key in stop.pickups]
    return tasks


def _group(vehicle: Vehicle, tasks: Sequence[Task]) -> list[tuple[str, list[Task]]]:
    """Neighbouring tasks at one place are one stop; the vehicle's ends are stops."""
    groups: list[tuple[str, list[Task]]] = [(vehicle.start, [])]
    for task in tasks:
        if task.outlet != groups[-1][0]:
            groups.append((task.outlet, []))
        groups[-1][1].append(task)
    if vehicle.end is not None and groups[-1][0] != vehicle.end:
        groups.append((vehicle.end, []))
    return groups


def build_route(
    problem: Problem, vehicle: Vehicle, tasks: Sequence[Task], delay: float = 0.0
) -> Route:
    """Drive the tasks in this order, as early as possible, from the vehicle's start.

    A route begins at the vehicle's start and, where it has one, ends at its end, even
    with nothing to do there. It leaves later only where the driver would otherwise wait
    longer than he may be out. Lanes must exist (``ValueError`` otherwise); whether
    windows and loads hold, ``route_issues`` says.
    """
    stops: list[Stop] = []
    clock = vehicle.shift[0] if vehicle.shift else 0.0
    kg = m3 = km = 0.0
    place = vehicle.start
    for number, (outlet, group) in enumerate(_group(vehicle, tasks)):
        leg = problem.km(place, outlet)
        if leg is None:
            raise ValueError(f"There is no lane from {place} to {outlet}.")
        arrival = clock + (problem.hours(place, outlet) or 0.0)
        clock = arrival + (problem.setup_h if number and group else 0.0)
        handled: list[Handling] = []
        for task in group:
            begin = problem.begin(outlet, task.window, clock, task.openings)[0]
            clock = begin + task.hours_for(vehicle)
            sign = 1 if task.kind == "pickup" else -1
            kg += sign * task.order.kg
            m3 += sign * task.order.m3
            handled.append((task.kind, task.order.id, begin))
        if not number:
            clock += delay
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
                handled=tuple(handled),
            )
        )
    route = Route(
        vehicle=vehicle.id,
        stops=tuple(stops),
        km=km,
        cost=problem.way_money(vehicle, (stop.outlet for stop in stops)),
    )
    if vehicle.max_hours is not None and not delay:
        too_long = stops[-1].departure - stops[0].departure - vehicle.max_hours
        later = min(too_long, departure_slack(problem, vehicle, route, tasks)[0])
        if later > EPSILON:
            return build_route(problem, vehicle, tasks, later)
    return route


def departure_slack(
    problem: Problem, vehicle: Vehicle, route: Route, tasks: Sequence[Task]
) -> tuple[float, float]:
    """Hours by which the vehicle may leave later: without ending later, and without
    breaking a window, the shift or the horizon."""
    known = {(task.kind, task.order.id): task for task in tasks}
    waited = 0.0
    latest = float("inf")
    for stop in route.stops[1:]:
        clock = stop.arrival + (problem.setup_h if stop.handled else 0.0)
        for kind, key, begin in stop.handled:
            waited += max(begin - clock, 0.0)
            task = known[kind, key]
            closes = problem.closes(stop.outlet, task.window, begin, task.openings)
            latest = min(latest, waited + closes - begin)
            clock = begin + task.hours_for(vehicle)
    close = problem.horizon_h
    if vehicle.shift:
        close = min(close, vehicle.shift[1])
    latest = max(min(latest, waited + close - route.stops[-1].departure), 0.0)
    return min(waited, latest), latest


@dataclass(frozen=True, slots=True)
class Issue:
    """One promise that a route breaks: ``amount`` is kg, m³ or hours over the limit.

    ``closed``: late only because who hands over (pickup) or takes the goods (delivery)
    does not work then.
    """

    kind: Literal[
        "kg", "m3", "class", "forbidden", "pinned", "late", "shift", "horizon", "order"
    ]
    stop: int
    amount: float = 0.0
    order: str = ""
    other: str = ""
    closed: Literal["pickup", "delivery", ""] = ""

    @property
    def hard(self) -> bool:
        """Never possible, whatever the dispatcher says; the rest is a matter of time"""
        return self.kind not in ("late", "shift", "horizon")


def route_issues(
    problem: Problem, vehicle: Vehicle, route: Route, tasks: Sequence[Task]
) -> list[Issue]:
    """Everything that is wrong with a route, hard faults first; empty is good."""
    orders = {task.order.id: task.order for task in tasks}
    known = {(task.kind, task.order.id): task for task in tasks}
    issues: list[Issue] = []
    board: list[str] = []
    for number, stop in enumerate(route.stops, 1):
        for kind, key, begin in stop.handled:
            order = orders[key]
            task = known[kind, key]
            late = problem.begin(stop.outlet, task.window, begin, task.openings)[1]
            if late > EPSILON:
                # In time for the place itself: then the customer there is closed.
                place_late = problem.begin(stop.outlet, task.window, begin)[1]
                closed = kind if place_late <= EPSILON else ""
                issues.append(Issue("late", number, late, key, closed=closed))
            if kind == "delivery":
                if key in board:
                    board.remove(key)
                else:
                    issues.append(Issue("order", number, order=key))
                continue
            if not vehicle.carries(order):
                issues.append(Issue("class", number, order=key))
            if order.vehicles is not None and vehicle.id not in order.vehicles:
                issues.append(Issue("pinned", number, order=key))
            issues += [
                Issue("forbidden", number, order=key, other=other)
                for other in board
                if not problem.may_ride(order, orders[other])
            ]
            board.append(key)
        if stop.kg > vehicle.kg + 1e-6:
            issues.append(Issue("kg", number, stop.kg - vehicle.kg))
        if stop.m3 > vehicle.m3 + 1e-6:
            issues.append(Issue("m3", number, stop.m3 - vehicle.m3))
    issues += [Issue("order", len(route.stops), order=key) for key in board]
    end = route.stops[-1].departure
    if vehicle.shift and end > vehicle.shift[1] + EPSILON:
        issues.append(Issue("shift", len(route.stops), end - vehicle.shift[1]))
    out = end - route.stops[0].departure
    if vehicle.max_hours is not None and out > vehicle.max_hours + EPSILON:
        issues.append(Issue("shift", len(route.stops), out - vehicle.max_hours))
    if end > problem.horizon_h + EPSILON:
        over = end - problem.horizon_h
        issues.append(Issue("horizon", len(route.stops), over))
    return sorted(issues, key=lambda issue: not issue.hard)
