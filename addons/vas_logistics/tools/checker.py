"""An independent check of a plan: shares no code with the solver that made it.

A plan that fails is refused (COD-03: the sum on the common section is at most one
truck). Tolerances: one gram and one litre per order, one second, one cent.
"""

from __future__ import annotations

from .problem import Order, Problem, Route, Solution, Vehicle

KG_TOLERANCE = 0.001
M3_TOLERANCE = 0.001
HOUR_TOLERANCE = 1 / 3600
MONEY_TOLERANCE = 0.01


def check(problem: Problem, solution: Solution) -> list[str]:
    """Return one sentence per broken promise; an empty list is a good plan."""
    orders = {order.id: order for order in problem.orders}
    vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
    faults: list[str] = []
    seen: set[str] = set()
    used: set[str] = set()
    for route in solution.routes:
        vehicle = vehicles.get(route.vehicle)
        if vehicle is None:
            faults.append(f"{route.vehicle}: unknown vehicle")
            continue
        if route.vehicle in used:
            faults.append(f"{route.vehicle}: more than one route")
        used.add(route.vehicle)
        for order_id in route.orders:
            if order_id in seen:
                faults.append(f"{order_id}: planned twice")
            seen.add(order_id)
        faults += _check_route(problem, orders, vehicle, route)
    unserved = set(solution.unserved)
    faults += [f"{key}: planned and left out" for key in sorted(seen & unserved)]
    faults += [f"{key}: forgotten" for key in sorted(set(orders) - seen - unserved)]
    faults += [f"{key}: unknown order" for key in sorted(unserved - set(orders))]
    return faults


def _check_route(
    problem: Problem, orders: dict[str, Order], vehicle: Vehicle, route: Route
) -> list[str]:
    name = f"vehicle {vehicle.id}"
    if not route.stops or route.stops[0].outlet != vehicle.start:
        return [f"{name}: the route does not begin at {vehicle.start}"]
    faults = []
    if vehicle.end is not None and route.stops[-1].outlet != vehicle.end:
        faults.append(f"{name}: the route does not end at {vehicle.end}")
    on_board: list[str] = []
    clock = km = 0.0
    place = vehicle.start
    for number, stop in enumerate(route.stops, 1):
        where = f"{name}, stop {number} {stop.outlet}"
        leg = problem.km(place, stop.outlet)
        if leg is None:
            faults.append(f"{where}: no lane from {place}")
            leg = 0.0
        km += leg
        clock += problem.hours(place, stop.outlet) or 0.0
        place = stop.outlet
        if stop.arrival < clock - HOUR_TOLERANCE:
            faults.append(f"{where}: arrival is earlier than the drive allows")
        clock = max(clock, stop.arrival)
        faults += _handle(orders, vehicle, stop, clock, on_board, where)
        for key in [*stop.pickups, *stop.deliveries]:
            if key in orders:
                order = orders[key]
                window = order.pickup if key in stop.pickups else order.deliver
                clock = max(clock, window[0] if window else clock)
        if stop.departure < clock - HOUR_TOLERANCE:
            faults.append(f"{where}: leaves before the windows open")
        clock = max(clock, stop.departure)
        faults += _check_load(orders, vehicle, stop, on_board, where)
    if on_board:
        faults.append(f"{name}: {', '.join(on_board)} never delivered")
    if clock > problem.horizon_h + HOUR_TOLERANCE:
        faults.append(f"{name}: the route ends after the horizon")
    if abs(km - route.km) > 0.001:
        faults.append(f"{name}: {route.km} km declared, {km} driven")
    cost = vehicle.fixed_cost + vehicle.cost_per_km * km
    if abs(cost - route.cost) > MONEY_TOLERANCE:
        faults.append(f"{name}: cost {route.cost} declared, {cost} found")
    return faults


def _handle(orders, vehicle, stop, clock, on_board, where) -> list[str]:
    """Unload and load at a stop, with every rule about places, classes and time."""
    faults = []
    for key in stop.pickups:
        order = orders.get(key)
        if order is None:
            faults.append(f"{where}: unknown order {key}")
            continue
        if order.origin != stop.outlet:
            faults.append(f"{where}: {key} is not picked up at {order.origin}")
        allowed = vehicle.classes
        if allowed is not None and order.cargo_class not in (None, *allowed):
            faults.append(f"{where}: {key} may not ride on this vehicle")
        if order.pickup and clock > order.pickup[1] + HOUR_TOLERANCE:
            faults.append(f"{where}: too late to pick up {key}")
        on_board.append(key)
    for key in stop.deliveries:
        if key not in on_board:
            faults.append(f"{where}: {key} is delivered without a pickup before")
            continue
        on_board.remove(key)
        order = orders.get(key)
        if order is None:
            continue
        if order.destination != stop.outlet:
            faults.append(f"{where}: {key} is not for this place")
        if order.deliver and clock > order.deliver[1] + HOUR_TOLERANCE:
            faults.append(f"{where}: too late to deliver {key}")
    return faults


def _check_load(orders, vehicle, stop, on_board, where) -> list[str]:
    faults = []
    loaded = [orders[key] for key in on_board if key in orders]
    kg = sum(order.kg for order in loaded)
    m3 = sum(order.m3 for order in loaded)
    slack = len(loaded) or 1
    if kg > vehicle.kg + KG_TOLERANCE * slack:
        faults.append(f"{where}: {kg - vehicle.kg:.3f} kg too heavy")
    if m3 > vehicle.m3 + M3_TOLERANCE * slack:
        faults.append(f"{where}: {m3 - vehicle.m3:.3f} m³ too large")
    if abs(kg - stop.kg) > 0.01 or abs(m3 - stop.m3) > 0.01:
        faults.append(f"{where}: the declared load is wrong")
    return faults
