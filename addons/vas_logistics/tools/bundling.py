"""Consolidate first, route second: orders alike become one task (ORD-07, COD-01).

Orders of one origin, destination, class, priority and pair of windows are put together
up to the load of the smallest vehicle that can take each of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from .feasibility import reason_alone, trip_cost
from .problem import Order, Problem

EPSILON = 1e-9
# A bundle's work takes at most this share of the window in which it must begin.
WORK_SHARE = 0.25


def bundle(problem: Problem, orders: Iterable[Order]) -> list[tuple[Order, ...]]:
    """Groups of orders that ride together, each order in exactly one group."""
    alike: dict[Order, list[Order]] = {}
    for order in orders:
        key = replace(order, id="", kg=0.0, m3=0.0, shipper="", load_h=0, unload_h=0)
        alike.setdefault(key, []).append(order)
    groups: list[tuple[Order, ...]] = []
    for same in alike.values():
        for group in _pack(problem, same):
            # Work adds up: what is in time one by one may be late together.
            if len(group) > 1 and reason_alone(problem, merged(group)):
                groups += [(order,) for order in group]
            else:
                groups.append(group)
    return groups


def _pack(problem: Problem, orders: list[Order]) -> list[tuple[Order, ...]]:
    """First fit decreasing by the larger share of weight and volume."""
    largest = max(orders, key=lambda order: (order.kg, order.m3, order.id))
    suitable = [
        vehicle
        for vehicle in problem.kinds
        if trip_cost(problem, replace(largest, vehicles=None), vehicle) is not None
    ]
    kg = min((v.kg for v in suitable), default=0.0)
    m3 = min((v.m3 for v in suitable), default=0.0)

    work = {"pickup": largest.pickup, "deliver": largest.deliver}
    room = {
        end: (window[1] - window[0]) * WORK_SHARE if window else float("inf")
        for end, window in work.items()
    }

    def share(order: Order) -> float:
        return max(order.kg / kg if kg else 1.0, order.m3 / m3 if m3 else 1.0)

    bins: list[_Bin] = []
    for order in sorted(orders, key=lambda order: (-share(order), order.id)):
        for held in bins:
            if (
                held.kg + order.kg <= kg + EPSILON
                and held.m3 + order.m3 <= m3 + EPSILON
                and held.load_h + order.load_h <= room["pickup"]
                and held.unload_h + order.unload_h <= room["deliver"]
            ):
                held.add(order)
                break
        else:
            bins.append(_Bin())
            bins[-1].add(order)
    return [tuple(held.orders) for held in bins]


@dataclass
class _Bin:
    """Orders put together so far."""

    kg: float = 0.0
    m3: float = 0.0
    load_h: float = 0.0
    unload_h: float = 0.0
    orders: list[Order] = field(default_factory=list)

    def add(self, order: Order) -> None:
        self.kg += order.kg
        self.m3 += order.m3
        self.load_h += order.load_h
        self.unload_h += order.unload_h
        self.orders.append(order)


def _begin(
    window: tuple[float, float] | None, hours: list[float]
) -> tuple[float, float] | None:
    """When the first of several works may begin, so that the last begins in time."""
    if window is None:
        return None
    return window[0], max(window[1] - sum(hours[:-1]), window[0])


def merged(group: tuple[Order, ...]) -> Order:
    """One order that stands for the group: loads and work add up, and the window ends
    early enough for the last of them."""
    if len(group) == 1:
        return group[0]
    return replace(
        group[0],
        kg=sum(order.kg for order in group),
        m3=sum(order.m3 for order in group),
        load_h=sum(order.load_h for order in group),
        unload_h=sum(order.unload_h for order in group),
        pickup=_begin(group[0].pickup, [order.load_h for order in group]),
        deliver=_begin(group[0].deliver, [order.unload_h for order in group]),
    )
