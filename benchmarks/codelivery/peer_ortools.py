"""The same problems in OR-Tools' routing library, as its guides model them.

Every order is a pair, or a delivery where all leave one depot, with a disjunction;
weight, volume and time are dimensions. ``run(problem, seconds, first)`` returns
vehicles, kilometres, money and the orders left out. Run as a script: a problem as JSON
on the standard input.
"""

from __future__ import annotations

import json
import sys

SCALE = 100


def run(problem: dict, seconds: float, first: str) -> dict:
    """Solve with guided local search after the named first solution."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    orders, vehicles = problem["orders"], problem["vehicles"]
    km = {(a, b): d for a, b, d, _h in problem["lanes"]}
    speed, setup, horizon = (problem[k] for k in ("speed_kmh", "setup_h", "horizon_h"))
    place = [v[3] for v in vehicles] + [v[4] for v in vehicles]
    window = [(0.0, horizon)] * len(place)
    work = [0.0] * len(place)
    load = [(0, 0)] * len(place)
    pairs, singles = [], []
    bases = {v[3] for v in vehicles}
    # What all leaves the only depot is delivered; a pair could load there twice.
    plain = len(bases) == 1 and all(o[1] in bases and not o[7] for o in orders)
    for o in orders:
        if plain:
            singles.append(len(place))
            place.append(o[2])
            window.append(o[8] or (0.0, horizon))
            work.append(o[11])
            load.append((round(o[3] * SCALE), round(o[4] * SCALE)))
            continue
        pairs.append((len(place), len(place) + 1))
        place += [o[1], o[2]]
        window += [o[7] or (0.0, horizon), o[8] or (0.0, horizon)]
        base = o[1] == vehicles[0][3]
        work += [0.0 if base else o[10], o[11]]
        kg, m3 = round(o[3] * SCALE), round(o[4] * SCALE)
        load += [(kg, m3), (-kg, -m3)]
    count = len(vehicles)
    manager = pywrapcp.RoutingIndexManager(
        len(place), count, list(range(count)), list(range(count, 2 * count))
    )
    routing = pywrapcp.RoutingModel(manager)
    node = manager.IndexToNode

    def far(a: int, b: int) -> float:
        return 0.0 if place[a] == place[b] else km[place[a], place[b]]

    def hours(a: int, b: int) -> float:
        moved = place[a] != place[b]
        return work[a] + (far(a, b) / speed + setup if moved else 0.0)

    def table(value, scale: float) -> int:
        """A matrix is much faster than a Python function asked for every leg."""
        nodes = range(len(place))
        return routing.RegisterTransitMatrix(
            [[round(value(a, b) * scale) for b in nodes] for a in nodes]
        )

    kinds: dict[float, int] = {}
    for number, v in enumerate(vehicles):
        if v[6] not in kinds:
            kinds[v[6]] = table(far, v[6] * SCALE)
        routing.SetArcCostEvaluatorOfVehicle(kinds[v[6]], number)
        routing.SetFixedCostOfVehicle(round(v[5] * SCALE), number)
    drive = table(hours, SCALE * 10)
    limit = round(horizon * SCALE * 10)
    routing.AddDimension(drive, limit, limit, False, "time")
    time = routing.GetDimensionOrDie("time")
    for dimension, name in enumerate(("kg", "m3")):
        piece = routing.RegisterUnaryTransitVector([row[dimension] for row in load])
        capacity = [round(v[1 + dimension] * SCALE) for v in vehicles]
        routing.AddDimensionWithVehicleCapacity(piece, 0, capacity, True, name)
    solver = routing.solver()
    for one, other in pairs:
        pickup, delivery = manager.NodeToIndex(one), manager.NodeToIndex(other)
        routing.AddPickupAndDelivery(pickup, delivery)
        solver.Add(routing.VehicleVar(pickup) == routing.VehicleVar(delivery))
        solver.Add(time.CumulVar(pickup) <= time.CumulVar(delivery))
        for index, at in ((pickup, one), (delivery, other)):
            time.CumulVar(index).SetRange(
                round(window[at][0] * SCALE * 10), round(window[at][1] * SCALE * 10)
            )
            routing.AddDisjunction([index], 10**9)
    for node_number in singles:
        index = manager.NodeToIndex(node_number)
        opens, closes = window[node_number]
        time.CumulVar(index).SetRange(
            round(opens * SCALE * 10), round(closes * SCALE * 10)
        )
        routing.AddDisjunction([index], 10**9)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = getattr(
        routing_enums_pb2.FirstSolutionStrategy, first
    )
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    parameters.time_limit.FromMilliseconds(int(seconds * 1000))
    found = routing.SolveWithParameters(parameters)
    if not found:
        return {"vehicles": 0, "km": 0.0, "cost": None, "left": len(orders)}
    used, driven, money, served = 0, 0.0, 0.0, 0
    for number, v in enumerate(vehicles):
        index = routing.Start(number)
        if routing.IsEnd(found.Value(routing.NextVar(index))):
            continue
        used += 1
        money += v[5]
        while not routing.IsEnd(index):
            following = found.Value(routing.NextVar(index))
            leg = far(node(index), node(following))
            driven += leg
            money += leg * v[6]
            served += node(index) >= 2 * count
            index = following
    left = len(orders) - (served if plain else served // 2)
    return {"vehicles": used, "km": driven, "cost": money, "left": left}


if __name__ == "__main__":
    task = json.load(sys.stdin)
    print(json.dumps(run(task["problem"], task["seconds"], task["first"])))
