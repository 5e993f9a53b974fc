"""What each group of customers of a trip would cost without the others.

The stop order of the trip is kept and the stops of absent customers are skipped, with
the trip's own vehicle: such a game always has shares that no group can refuse
(Estévez-Fernández, Borm, Meertens, Reijnierse 2009), unless a group has a cheaper way
of its own, which counts too. Catalogue COD-05.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .problem import Problem, Route, Vehicle


def group_costs(
    problem: Problem,
    vehicle: Vehicle,
    route: Route,
    player_of: Mapping[str, int],
    separate: Sequence[float],
) -> list[float]:
    """Money of every group of players by bits; the last is the whole trip's.

    :param player_of: player number of each order on the route
    :param separate: money of each player order by order, the other way to go alone
    """
    count = len(separate)
    masks = np.arange(1 << count)
    outlets = [stop.outlet for stop in route.stops]
    wanted = []
    for number, stop in enumerate(route.stops):
        here = 0
        for key in (*stop.pickups, *stop.deliveries):
            here |= 1 << player_of[key]
        last = number == len(outlets) - 1 and vehicle.end is not None
        wanted.append(-1 if number == 0 or last else here)
    legs = _legs(problem, vehicle, route)
    place = np.zeros(len(masks), dtype=np.int64)
    costs = np.full(len(masks), float(vehicle.fixed_cost))
    for number in range(1, len(outlets)):
        stops_here = (masks & wanted[number]) != 0
        costs += np.where(stops_here, legs[place, number], 0.0)
        place = np.where(stops_here, number, place)
    alone = np.zeros(len(masks))
    for player, money in enumerate(separate):
        member = (masks >> player) & 1
        alone += member * min(money, float(costs[1 << player]))
    costs = np.minimum(costs, alone)
    costs[0] = 0.0
    result = [round(float(cost), 6) for cost in costs]
    result[-1] = route.cost
    return result


def _legs(problem: Problem, vehicle: Vehicle, route: Route) -> np.ndarray:
    """Money between any two stops of a route: the lane, or along the route where that
    is cheaper or the only way."""
    size = len(route.stops)
    outlets = [stop.outlet for stop in route.stops]
    ways = zip(outlets[:1] + outlets, outlets, strict=False)
    driven = np.cumsum([problem.money(vehicle, one, other) for one, other in ways])
    legs = np.zeros((size, size))
    for first in range(size):
        for second in range(first + 1, size):
            along = float(driven[second] - driven[first])
            ends = outlets[first], outlets[second]
            if problem.km(*ends) is None:
                legs[first, second] = along
            else:
                legs[first, second] = min(problem.money(vehicle, *ends), along)
    return legs
