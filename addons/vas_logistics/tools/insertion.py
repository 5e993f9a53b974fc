"""A second planning engine, and the finishing touch of the first: cheapest insertion.

Each order goes where it costs least, in a route that exists or on a new vehicle. Exact
about every rule (also those that the other engine only approximates), quick, and never
without a plan; it is the fallback, completes plans, and moves orders by hand.
Catalogue COD-01 to COD-05.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from .feasibility import reason_alone
from .problem import (
    Order,
    Problem,
    Progress,
    Reason,
    Report,
    Solution,
    Vehicle,
)
from .routes import Task, build_route

NO_ROAD = float("inf")
EPSILON = 1e-9
# Half of what the independent check tolerates: engines count in whole units.
LATE = 0.5 / 3600
LOAD = 0.0005
# When the time is over, the rest is put where it first fits: so long at most.
QUICK_S = 5.0
QUICK_SHARE = 0.5
# Longer routes are not searched for every pair of places, only for the likely ones.
PAIRS_UP_TO = 24


class Network:
    """The problem's roads and rules as plain lists: what a search asks most."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        places = {order.origin for order in problem.orders}
        places |= {order.destination for order in problem.orders}
        places |= {vehicle.start for vehicle in problem.vehicles}
        places |= {vehicle.end for vehicle in problem.vehicles if vehicle.end}
        self.index = {place: number for number, place in enumerate(sorted(places))}
        self.km = [
            [self._number(problem.km(a, b)) for b in self.index] for a in self.index
        ]
        self.hours = [
            [self._number(problem.hours(a, b)) for b in self.index] for a in self.index
        ]

        self.prices: dict[tuple, list[list[float]]] = {}

    @staticmethod
    def _number(value: float | None) -> float:
        return NO_ROAD if value is None else value

    def cost(self, vehicle: Vehicle, tasks: Sequence[Task]) -> float | None:
        """Money of the tasks in this order, None if a rule is broken."""
        driven = self._drive(vehicle, tasks)
        if driven is None or not self._peaceful(tasks):
            return None
        money, left, clock, place = driven
        if vehicle.end is not None:
            end = self.index[vehicle.end]
            money += self._prices(vehicle)[place][end]
            clock += self.hours[place][end]
        closes = self.problem.horizon_h
        if vehicle.shift:
            closes = min(closes, vehicle.shift[1])
        if money == NO_ROAD or clock > closes + LATE:
            return None
        longest = vehicle.max_hours
        if longest is not None and clock - left > longest + LATE:
            if not self._short_enough(vehicle, tasks):
                return None
        return vehicle.fixed_cost + money

    def _prices(self, vehicle: Vehicle) -> list[list[float]]:
        """Money from place to place for vehicles of this price."""
        key = vehicle.cost_per_km, vehicle.tariff
        if key not in self.prices:
            self.prices[key] = [
                [
                    NO_ROAD
                    if self.km[row][column] == NO_ROAD
                    else self.problem.money(vehicle, one, other)
                    for other, column in self.index.items()
                ]
                for one, row in self.index.items()
            ]
        return self.prices[key]

    def _drive(
        self, vehicle: Vehicle, tasks: Sequence[Task]
    ) -> tuple[float, float, float, int] | None:
        """Money, when it leaves, when and where it is at last; None where a window or a
        load breaks."""
        index = self.index
        prices = self._prices(vehicle)
        opening = self.problem.has_hours
        place = index[vehicle.start]
        left = clock = vehicle.shift[0] if vehicle.shift else 0.0
        moved = False
        kg = m3 = money = 0.0
        pieces = 0
        for kind, order in tasks:
            loading = kind == "pickup"
            to = index[order.origin if loading else order.destination]
            if to != place:
                moved = True
                money += prices[place][to]
                clock += self.hours[place][to] + self.problem.setup_h
                place = to
            window = order.pickup if loading else order.deliver
            if window:
                if clock > window[1] + LATE:
                    return None
                clock = max(clock, window[0])
            if opening:
                outlet = order.origin if loading else order.destination
                own = order.pickup_open if loading else order.deliver_open
                clock, late = self.problem.begin(outlet, window, clock, own)
                if late > LATE:
                    return None
            if not loading:
                clock += order.unload_h
            elif order.origin != vehicle.start:
                clock += order.load_h
            if not moved:
                left = clock
            sign = 1 if loading else -1
            pieces += sign
            kg += sign * order.kg
            m3 += sign * order.m3
            slack = LOAD * pieces
            if kg > vehicle.kg + slack or m3 > vehicle.m3 + slack:
                return None
        return money, left, clock, place

    def _peaceful(self, tasks: Sequence[Task]) -> bool:
        """Whether nothing rides with what it must not ride with."""
        if not self.problem.forbidden:
            return True
        board: list[Order] = []
        for kind, order in tasks:
            if kind == "delivery":
                board.remove(order)
            elif all(self.problem.may_ride(order, other) for other in board):
                board.append(order)
            else:
                return False
        return True

    def _short_enough(self, vehicle: Vehicle, tasks: Sequence[Task]) -> bool:
        """Whether leaving later keeps the driver's hours."""
        route = build_route(self.problem, vehicle, tasks)
        out = route.stops[-1].departure - route.stops[0].departure
        return vehicle.max_hours is None or out <= vehicle.max_hours + LATE

    def insert(
        self, vehicle: Vehicle, tasks: Sequence[Task], order: Order
    ) -> tuple[float, list[Task]] | None:
        """The cheapest way to add ``order``: its new money and tasks, None if none."""
        if not vehicle.takes(order):
            return None
        pickup, delivery = Task("pickup", order), Task("delivery", order)
        best: tuple[float, list[Task]] | None = None
        places = self._places(tasks)
        for number, first in enumerate(places):
            head = [*tasks[:first], pickup]
            for last in places[number:]:
                trial = [*head, *tasks[first:last], delivery, *tasks[last:]]
                cost = self.cost(vehicle, trial)
                if cost is not None and (best is None or cost < best[0] - EPSILON):
                    best = cost, trial
        return best

    def first_fit(
        self, vehicle: Vehicle, tasks: Sequence[Task], order: Order
    ) -> tuple[float, list[Task]] | None:
        """A way to add ``order``, not the cheapest: with others at its two places, else
        at the end. Looks at a handful of ways only, for when time is short."""
        if not vehicle.takes(order):
            return None
        pickup, delivery = Task("pickup", order), Task("delivery", order)
        size = len(tasks)
        loads = [n + 1 for n in range(size) if tasks[n].outlet == order.origin]
        unloads = [n + 1 for n in range(size) if tasks[n].outlet == order.destination]
        ways = [(first, last) for first in loads[-1:] for last in unloads[-1:]]
        ways += [(first, last) for first in loads[:1] for last in unloads[-1:]]
        if order.origin == vehicle.start:
            ways += [(0, last) for last in unloads[-1:]] + [(0, size)]
        ways += [(first, size) for first in loads[-1:]] + [(size, size)]
        for first, last in dict.fromkeys(ways):
            if first > last:
                continue
            trial = [*tasks[:first], pickup, *tasks[first:last], delivery]
            trial += tasks[last:]
            cost = self.cost(vehicle, trial)
            if cost is not None:
                return cost, trial
        return None

    @staticmethod
    def _places(tasks: Sequence[Task]) -> list[int]:
        """Where a task may go in: anywhere on short routes, between stops on others."""
        if len(tasks) <= PAIRS_UP_TO:
            return list(range(len(tasks) + 1))
        between = [
            number
            for number in range(1, len(tasks))
            if tasks[number - 1].outlet != tasks[number].outlet
        ]
        return [0, *between, len(tasks)]


Tours = dict[str, list[Task]]


class Insertion:
    """Tours in the making: vehicle id to tasks."""

    def __init__(self, problem: Problem, tours: Tours | None = None) -> None:
        self.problem = problem
        self.network = Network(problem)
        self.vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
        self.tours: Tours = dict(tours or {})
        self.costs = {
            key: self.network.cost(self.vehicles[key], tasks) or 0.0
            for key, tasks in self.tours.items()
        }
        #: Orders that fit nowhere, and those that nobody had the time to try.
        self.nowhere: set[str] = set()
        self.untried: set[str] = set()

    def repair(self) -> list[Order]:
        """Take orders off tours that break a rule until they are good again.

        A tour is made anew from its orders, in the order of loading; those that do not
        fit any more are returned.
        """
        off: list[Order] = []
        for key, tasks in list(self.tours.items()):
            vehicle = self.vehicles[key]
            if self.network.cost(vehicle, tasks) is not None:
                continue
            good: list[Task] = []
            for order in (task.order for task in tasks if task.kind == "pickup"):
                found = self.network.insert(vehicle, good, order)
                if found:
                    self.costs[key], good = found
                else:
                    off.append(order)
            if good:
                self.tours[key] = good
            else:
                del self.tours[key], self.costs[key]
        return off

    def _candidates(
        self, order: Order, keys: Iterable[str]
    ) -> Iterator[tuple[str, Vehicle, list[Task]]]:
        """Vehicles for the order; of empty ones that are alike only the first."""
        tried = set()
        for key in keys:
            vehicle, tasks = self.vehicles[key], self.tours.get(key, [])
            if not tasks:
                pinned = order.vehicles is not None and key in order.vehicles
                alike = (replace(vehicle, id=""), pinned)
                if alike in tried:
                    continue
                tried.add(alike)
            yield key, vehicle, tasks

    def place(self, order: Order) -> bool:
        """Put the order where it costs least; False if it fits nowhere."""
        best: tuple[float, float, str, list[Task]] | None = None
        for key, vehicle, tasks in self._candidates(order, self.vehicles):
            found = self.network.insert(vehicle, tasks, order)
            if found:
                more = found[0] - (self.costs[key] if tasks else 0.0)
                if best is None or more < best[0] - EPSILON:
                    best = more, found[0], key, found[1]
                    if more <= EPSILON:
                        break  # for nothing: no other vehicle is cheaper
        if best is None:
            self.nowhere.add(order.id)
            return False
        _more, cost, key, tasks = best
        self.tours[key] = tasks
        self.costs[key] = cost
        return True

    def place_quickly(self, order: Order) -> bool:
        """Put the order where it fits first: on a trip, else on a free vehicle."""
        free = [key for key in self.vehicles if key not in self.tours]
        for key, vehicle, tasks in self._candidates(order, [*self.tours, *free]):
            found = self.network.first_fit(vehicle, tasks, order)
            if found:
                self.costs[key], self.tours[key] = found
                return True
        return False

    def place_all(
        self, orders: Iterable[Order], stopped: Callable[[], bool] | None = None
    ) -> list[Order]:
        """Place the orders one by one; return those that fit nowhere."""
        left = []
        for order in orders:
            if (stopped and stopped()) or not self.place(order):
                left.append(order)
        return left

    def place_before_ordinary(
        self,
        left: list[Order],
        stopped: Callable[[], bool] | None = None,
        over: Callable[[], bool] | None = None,
    ) -> list[Order]:
        """No order stays behind for one of a lower priority: those make room.

        What made room is placed elsewhere where it fits. Once ``stopped`` says yes,
        the others go where they first fit, until ``over`` does. Returns what stays;
        those of them that were not tried everywhere are in ``untried``.
        """
        waiting = sorted(left, key=urgency)
        stays: list[Order] = []
        while waiting:
            order = waiting.pop(0)
            quick = bool(stopped and stopped())
            if over and over():
                placed, ejected = False, None
            elif quick:
                placed = self.place_quickly(order)
                ejected = None if placed else self._make_room(order, quick)
            else:
                placed = self.place(order)
                ejected = None if placed else self._make_room(order)
            if placed:
                continue
            if ejected is None:
                stays.append(order)
                if quick and order.id not in self.nowhere:
                    self.untried.add(order.id)
            else:
                self.nowhere.clear()
                waiting = sorted([*waiting, *ejected], key=urgency)
        return stays

    def _make_room(self, order: Order, quick: bool = False) -> list[Order] | None:
        """Put the order in place of ordinary ones, the fewest and cheapest of them;
        in a hurry, of those of the first trip that will do."""
        insert = self.network.first_fit if quick else self.network.insert
        best = None
        for key, tasks in self.tours.items():
            lower = {
                task.order for task in tasks if task.order.priority > order.priority
            }
            if not lower:
                continue
            kept = [task for task in tasks if task.order not in lower]
            found = insert(self.vehicles[key], kept, order)
            if found is None:
                continue
            rank = (min(-o.priority for o in lower), len(lower), found[0])
            if best is None or rank < best[0]:
                best = rank, key, found, lower
            if quick:
                break
        if best is None:
            return None
        _rank, key, found, lower = best
        cost, tasks = found
        again = []
        for other in sorted(lower, key=urgency):
            back = insert(self.vehicles[key], tasks, other)
            if back:
                cost, tasks = back
            else:
                again.append(other)
        self.tours[key] = tasks
        self.costs[key] = cost
        return again

    def reasons(self, stays: Iterable[Order]) -> dict[str, Reason]:
        """Why each of these orders is on no tour."""
        return {
            order.id: "no_time" if order.id in self.untried else "no_vehicle"
            for order in stays
        }

    def solution(self, unserved: dict[str, Reason]) -> Solution:
        """The tours as routes, and who stays why."""
        routes = [
            build_route(self.problem, self.vehicles[key], tasks)
            for key, tasks in sorted(self.tours.items())
            if tasks
        ]
        return Solution(routes=tuple(routes), unserved=unserved)


def urgency(order: Order) -> tuple:
    """Better priorities first, then large loads, ties by id."""
    return order.priority, -order.kg, -order.m3, order.id


class InsertionSolver:
    """The whole engine: quick, deterministic, without any library."""

    def solve(
        self,
        problem: Problem,
        seconds: float,
        seed: int = 0,
        report: Report | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> Solution:
        """Return a good plan; what waits after ``seconds`` goes where it first fits."""
        started = time.monotonic()

        def over() -> bool:
            late = time.monotonic() - started > seconds
            return late or bool(stopped and stopped())

        unserved: dict[str, Reason] = {}
        possible: list[Order] = []
        for order in problem.orders:
            reason = reason_alone(problem, order)
            if reason:
                unserved[order.id] = reason
            else:
                possible.append(order)
        work = Insertion(problem)
        quick_s = max(seconds * QUICK_SHARE, QUICK_S)

        def hopeless() -> bool:
            return time.monotonic() - started > seconds + quick_s

        left = work.place_all(sorted(possible, key=urgency), over)
        left = work.place_before_ordinary(left, over, hopeless)
        unserved.update(work.reasons(left))
        solution = work.solution(unserved)
        if report:
            served = len(problem.orders) - len(unserved)
            report(Progress(time.monotonic() - started, solution.cost, served))
        return solution
