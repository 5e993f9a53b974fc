"""An independent check of a plan: shares no code with the solver that made it.

A plan that fails is refused (COD-03: the sum on the common section is at most one
truck). Tolerances: one gram and one litre per order, one second, one cent.
"""

from __future__ import annotations

from .problem import Order, Problem, Route, Solution, Stop, Vehicle

KG_TOLERANCE = 0.001
M3_TOLERANCE = 0.001
HOUR_TOLERANCE = 1 / 3600
MONEY_TOLERANCE = 0.01
Hours = tuple[tuple[float, float], ...] | None


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
        faults += _Drive(problem, orders, vehicle, route).faults()
    unserved = set(solution.unserved)
    faults += [f"{key}: planned and left out" for key in sorted(seen & unserved)]
    faults += [f"{key}: forgotten" for key in sorted(set(orders) - seen - unserved)]
    faults += [f"{key}: unknown order" for key in sorted(unserved - set(orders))]
    return faults


def _is_open(hours: tuple[tuple[float, float], ...], moment: float) -> bool:
    return any(
        first - HOUR_TOLERANCE <= moment <= last + HOUR_TOLERANCE
        for first, last in hours
    )


class _Drive:
    """One route driven again, stop by stop, with every rule looked at."""

    def __init__(
        self,
        problem: Problem,
        orders: dict[str, Order],
        vehicle: Vehicle,
        route: Route,
    ) -> None:
        self.problem = problem
        self.orders = orders
        self.vehicle = vehicle
        self.route = route
        self.name = f"vehicle {vehicle.id}"
        self.on_board: list[str] = []
        self.found: list[str] = []

    def faults(self) -> list[str]:
        """All that is wrong with the route."""
        route, vehicle = self.route, self.vehicle
        if not route.stops or route.stops[0].outlet != vehicle.start:
            return [f"{self.name}: the route does not begin at {vehicle.start}"]
        if vehicle.end is not None and route.stops[-1].outlet != vehicle.end:
            self.found.append(f"{self.name}: the route does not end at {vehicle.end}")
        clock = vehicle.shift[0] if vehicle.shift else 0.0
        km = money = 0.0
        place = vehicle.start
        for number, stop in enumerate(route.stops, 1):
            where = f"{self.name}, stop {number} {stop.outlet}"
            leg = self.problem.km(place, stop.outlet)
            if leg is None:
                self.found.append(f"{where}: no lane from {place}")
                leg = 0.0
            km += leg
            price = self.problem.lane_cost.get(
                (vehicle.tariff or "", place, stop.outlet), leg * vehicle.cost_per_km
            )
            money += price if leg else 0.0
            clock += self.problem.hours(place, stop.outlet) or 0.0
            place = stop.outlet
            if stop.arrival < clock - HOUR_TOLERANCE:
                self.found.append(f"{where}: arrival is earlier than the drive allows")
            clock = self._work(stop, max(clock, stop.arrival), number == 1, where)
            if stop.departure < clock - HOUR_TOLERANCE:
                self.found.append(f"{where}: leaves before the work is done")
            clock = max(clock, stop.departure)
            self._look_at_load(stop, where)
        if self.on_board:
            self.found.append(
                f"{self.name}: {', '.join(self.on_board)} never delivered"
            )
        self._look_at_totals(clock, km, money)
        return self.found

    def _work(self, stop: Stop, clock: float, at_start: bool, where: str) -> float:
        """Handle everything at a stop; return when the last piece is done."""
        handled = stop.handled or (
            *(("delivery", key, None) for key in stop.deliveries),
            *(("pickup", key, None) for key in stop.pickups),
        )
        for kind, keys in (("delivery", stop.deliveries), ("pickup", stop.pickups)):
            if sorted(key for k, key, _begin in handled if k == kind) != sorted(keys):
                self.found.append(f"{where}: what is handled is not what is listed")
        if handled and not at_start:
            clock += self.problem.setup_h
        for kind, key, declared in handled:
            order = self.orders.get(key)
            if order is None:
                self.found.append(f"{where}: unknown order {key}")
                continue
            loading = kind == "pickup"
            window = order.pickup if loading else order.deliver
            opens = max(clock, window[0] if window else clock)
            customer = order.pickup_open if loading else order.deliver_open
            begin = declared
            if begin is None:
                begin = self._first_open(opens, stop.outlet, customer)
            for whose, hours in (
                ("working hours", self.problem.open_h.get(stop.outlet)),
                ("the customer's hours", customer),
            ):
                if hours is not None and not _is_open(hours, begin):
                    self.found.append(f"{where}: {key} is handled outside {whose}")
            if begin < opens - HOUR_TOLERANCE:
                self.found.append(f"{where}: {key} begins before it can")
            if window and begin > window[1] + HOUR_TOLERANCE:
                verb = "pick up" if loading else "deliver"
                self.found.append(f"{where}: too late to {verb} {key}")
            if loading:
                self._load(order, stop, where)
            else:
                self._unload(order, stop, where)
            work = order.load_h if loading else order.unload_h
            if loading and stop.outlet == self.vehicle.start:
                work = 0.0  # loaded by others before the driver comes
            clock = max(clock, begin) + work
        return clock

    def _first_open(self, clock: float, place: str, customer: Hours) -> float:
        """The first moment from ``clock`` on at which both work, else ``clock``."""
        both = [
            hours
            for hours in (self.problem.open_h.get(place), customer)
            if hours is not None
        ]
        # Work can only begin at once, or when one of the two opens.
        moments = [clock, *(first for hours in both for first, _last in hours)]
        for moment in sorted(moments):
            if moment >= clock and all(_is_open(hours, moment) for hours in both):
                return moment
        return clock

    def _load(self, order: Order, stop: Stop, where: str) -> None:
        if order.origin != stop.outlet:
            self.found.append(f"{where}: {order.id} is not picked up at {order.origin}")
        allowed = self.vehicle.classes
        if allowed is not None and order.cargo_class not in (None, *allowed):
            self.found.append(f"{where}: {order.id} may not ride on this vehicle")
        if order.vehicles is not None and self.vehicle.id not in order.vehicles:
            self.found.append(f"{where}: {order.id} is pinned to another vehicle")
        for key in self.on_board:
            other = self.orders[key].cargo_class
            if frozenset((order.cargo_class, other)) in self.problem.forbidden:
                self.found.append(f"{where}: {order.id} may not ride with {key}")
        self.on_board.append(order.id)

    def _unload(self, order: Order, stop: Stop, where: str) -> None:
        if order.id not in self.on_board:
            self.found.append(
                f"{where}: {order.id} is delivered without a pickup before"
            )
            return
        self.on_board.remove(order.id)
        if order.destination != stop.outlet:
            self.found.append(f"{where}: {order.id} is not for this place")

    def _look_at_load(self, stop: Stop, where: str) -> None:
        loaded = [self.orders[key] for key in self.on_board]
        kg = sum(order.kg for order in loaded)
        m3 = sum(order.m3 for order in loaded)
        slack = len(loaded) or 1
        if kg > self.vehicle.kg + KG_TOLERANCE * slack:
            self.found.append(f"{where}: {kg - self.vehicle.kg:.3f} kg too heavy")
        if m3 > self.vehicle.m3 + M3_TOLERANCE * slack:
            self.found.append(f"{where}: {m3 - self.vehicle.m3:.3f} m³ too large")
        if abs(kg - stop.kg) > 0.01 or abs(m3 - stop.m3) > 0.01:
            self.found.append(f"{where}: the declared load is wrong")

    def _look_at_totals(self, clock: float, km: float, money: float) -> None:
        route, vehicle = self.route, self.vehicle
        if clock > self.problem.horizon_h + HOUR_TOLERANCE:
            self.found.append(f"{self.name}: the route ends after the horizon")
        if vehicle.shift and clock > vehicle.shift[1] + HOUR_TOLERANCE:
            self.found.append(f"{self.name}: the route ends after the shift")
        out = clock - route.stops[0].departure
        if vehicle.max_hours is not None and out > vehicle.max_hours + HOUR_TOLERANCE:
            self.found.append(f"{self.name}: the driver is out for {out:.2f} hours")
        if abs(km - route.km) > 0.001:
            self.found.append(f"{self.name}: {route.km} km declared, {km} driven")
        cost = vehicle.fixed_cost + money
        if abs(cost - route.cost) > MONEY_TOLERANCE:
            self.found.append(f"{self.name}: cost {route.cost} declared, {cost} found")
