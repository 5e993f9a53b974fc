"""Consolidate first, route second: orders alike become one task (ORD-07, COD-01).

Orders of one origin, destination, class, priority and pair of windows are put together
up to the load of the smallest vehicle that can take each of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .feasibility import trip_cost
from .problem import Order, Problem

EPSILON = 1e-9


def bundle(problem: Problem, orders: Iterable[Order]) -> list[tuple[Order, ...]]:
    """Groups of orders that ride together, each order in exactly one group."""
    alike: dict[Order, list[Order]] = {}
    for order in orders:
        key = replace(order, id="", kg=0.0, m3=0.0, shipper="", load_h=0, unload_h=0)
        alike.setdefault(key, []).append(order)
    groups: list[tuple[Order, ...]] = []
    for same in alike.values():
        groups += _pack(problem, same)
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

    def share(order: Order) -> float:
        return max(order.kg / kg if kg else 1.0, order.m3 / m3 if m3 else 1.0)

    bins: list[list] = []
    for order in sorted(orders, key=lambda order: (-share(order), order.id)):
        for held in bins:
            if (
                held[0] + order.kg <= kg + EPSILON
                and held[1] + order.m3 <= m3 + EPSILON
            ):
                held[0] += order.kg
                held[1] += order.m3
                held[2].append(order)
                break
        else:
            bins.append([order.kg, order.m3, [order]])
    return [tuple(held[2]) for held in bins]


def merged(group: tuple[Order, ...]) -> Order:
    """One order that stands for the group: loads and work add up."""
    if len(group) == 1:
        return group[0]
    return replace(
        group[0],
        kg=sum(order.kg for order in group),
        m3=sum(order.m3 for order in group),
        load_h=sum(order.load_h for order in group),
        unload_h=sum(order.unload_h for order in group),
    )
