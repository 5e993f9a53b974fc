"""One planning problem as PyVRP data, and its plans back as routes (COD-01 to COD-05).

The model decides more than the solver:
- many orders are bundled (see ``bundling``);
- in large plans, what leaves the place where all vehicles start is a delivery, what
  goes to the place where all of them end a pickup; only the rest are pairs;
- weight in grams and volume in litres are two load dimensions; each set of vehicles
  that some order is bound to (class, pin, start) is one more, 0 on all others;
- goods that must not ride together split vehicles of a kind into modes;
- set-up time is part of the driving time between different places;
- one profile per price per kilometre, whose matrix is money in cents, so costs are
  exact; an open route ends in an imaginary depot that is free to reach;
- all tasks are optional with a prize above any detour, larger for better priorities;
- a missing lane takes longer than the horizon, so it is never driven;
- several working hours a day are several clients of which one is visited; for pairs one
  search takes the best of them, the other the whole day, and insertion repairs what
  that breaks.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import gcd

import numpy as np
from pyvrp import (
    Client,
    ClientGroup,
    Depot,
    Location,
    ProblemData,
    Shipment,
    VehicleType,
)
from pyvrp import Solution as Found
from pyvrp.search import NeighbourhoodParams

from .bundling import bundle, merged
from .feasibility import trip_in_time, trip_km
from .problem import Order, Problem, Route, Vehicle
from .routes import Task, build_route

GRAMS = LITRES = 1000
CENTS = 100
TICKS = 36_000  # tenths of a second in an hour
BUNDLE_FROM = 60
MIXED_FROM = 40
# Penalties begin this high above the price of a leg per piece, or per hour, and fall.
LOAD_START = 120
TIME_START = 50_000
WAIT_WEIGHT = 0.2
RANK_WEIGHT = 3
RANKS = 5


class Model:
    """One ``Problem`` as PyVRP data, and its solution back as routes."""

    def __init__(self, problem: Problem, kept: frozenset[str], variant: int) -> None:
        self.problem = problem
        self.kept = kept
        orders = problem.orders
        if len(orders) >= BUNDLE_FROM:
            self.bundles = bundle(problem, orders)
        else:
            self.bundles = [(order,) for order in orders]
        self.tasks = [merged(group) for group in self.bundles]
        places = {v.start for v in problem.vehicles}
        places |= {v.end for v in problem.vehicles if v.end is not None}
        places |= {o.origin for o in orders} | {o.destination for o in orders}
        self.places = sorted(places)
        self.index = {place: number for number, place in enumerate(self.places)}
        self.anywhere = len(self.places)
        priced = {tariff for tariff, _origin, _destination in problem.lane_cost}
        self.price_of = {
            v.id: (v.cost_per_km, v.tariff if v.tariff in priced else None)
            for v in problem.vehicles
        }
        self.prices = list(dict.fromkeys(self.price_of.values()))
        self.variant = variant
        self.groups = _split_modes(problem, self._group_vehicles(), variant)
        self._choose_clients()
        self.masks = self._masks()
        self.unit = (
            _common(
                round(x.kg * GRAMS) for many in (orders, problem.vehicles) for x in many
            ),
            _common(
                round(x.m3 * LITRES)
                for many in (orders, problem.vehicles)
                for x in many
            ),
        )
        self.data = self._build()
        self._scale()

    # What is what ------------------------------------------------------------

    def _group_vehicles(self) -> list[list[Vehicle]]:
        """Vehicles alike in everything but name are one type of several."""
        pins = {o.vehicles for o in self.problem.orders if o.vehicles is not None}
        groups: dict[tuple, list[Vehicle]] = {}
        for vehicle in sorted(self.problem.vehicles, key=lambda v: v.id):
            pinned = tuple(sorted(tuple(sorted(p)) for p in pins if vehicle.id in p))
            groups.setdefault((replace(vehicle, id=""), pinned), []).append(vehicle)
        return list(groups.values())

    def _choose_clients(self) -> None:
        """Which tasks are deliveries, which pickups, which pairs."""
        self.bases: frozenset[str] = frozenset()
        self.homes: frozenset[str] = frozenset()
        if len(self.tasks) >= MIXED_FROM:
            self.bases = self._places_with_room("start", "origin")
            self.homes = self._places_with_room("end", "destination")
        self.deliveries: list[int] = []
        self.pickups: list[int] = []
        self.pairs: list[int] = []
        for number, task in enumerate(self.tasks):
            # The window of the order itself: that of a bundle leaves time for work.
            alone = self.bundles[number][0]
            if task.origin in self.bases and self._always_open(alone):
                self.deliveries.append(number)
            elif (
                task.destination in self.homes
                and task.deliver is None
                and task.deliver_open is None
                and task.destination not in self.problem.open_h
            ):
                self.pickups.append(number)
            else:
                self.pairs.append(number)
        self.kind = dict.fromkeys(self.deliveries, "delivery")
        self.kind |= dict.fromkeys(self.pickups, "pickup")
        # A task is one client for each of its windows, of which one is visited.
        self.clients = [
            (number, window)
            for number in (*self.deliveries, *self.pickups)
            for window in self._windows(number, self.kind[number])
        ]

    def _places_with_room(self, of_vehicle: str, of_task: str) -> frozenset[str]:
        """Where the vehicles that start (end) there can take all that starts (ends)."""
        places = {getattr(v, of_vehicle) for v in self.problem.vehicles} - {None}
        result = set()
        for place in places:
            own = [v for v in self.problem.vehicles if getattr(v, of_vehicle) == place]
            tasks = [task for task in self.tasks if getattr(task, of_task) == place]
            if (
                len(own) == len(self.problem.vehicles)
                or sum(t.kg for t in tasks) <= sum(v.kg * v.trips for v in own)
                and sum(t.m3 for t in tasks) <= sum(v.m3 * v.trips for v in own)
            ):
                result.add(place)
        # Where nobody works at all, nothing is loaded.
        return frozenset(p for p in result if self.problem.open_h.get(p) != ())

    def _always_open(self, task: Order) -> bool:
        """Whether loading at the base never comes too late."""
        windows = self.problem.windows(task.origin, task.pickup, task.pickup_open)
        if not windows:
            return False
        closes = windows[-1][1]
        if closes >= self.problem.horizon_h:
            return True
        vehicles = self.problem.vehicles
        latest = max(v.shift[0] if v.shift else 0.0 for v in vehicles)
        once = all(v.trips <= 1 for v in vehicles)
        # Later trips load while the outlet works, which the depot knows.
        own = task.pickup is not None and task.pickup[1] < self.problem.horizon_h
        return (once or not own) and closes >= latest

    def _masks(self) -> list[tuple[bool, ...]]:
        """The distinct sets of vehicle groups that some task is bound to."""
        everywhere = (True,) * len(self.groups)
        self.bound = [self._mask(number) for number in range(len(self.tasks))]
        return sorted(set(self.bound) - {everywhere})

    def _mask(self, number: int) -> tuple[bool, ...]:
        task = self.tasks[number]
        kind = self.kind.get(number)
        return tuple(
            group[0].carries(task)
            and (task.vehicles is None or group[0].id in task.vehicles)
            and (kind != "delivery" or group[0].start == task.origin)
            and (kind != "pickup" or group[0].end == task.destination)
            for group in self.groups
        )

    # Building ----------------------------------------------------------------

    def _build(self) -> ProblemData:
        distances, durations, self.dearest = self._matrices()
        depots = [Depot(number) for number in range(len(self.places) + 1)]
        # Where vehicles load again, they do so while the outlet works.
        self.reload = {place: self.index[place] for place in self.bases}
        for place in sorted(self.bases & self.problem.open_h.keys()):
            self.reload[place] = len(depots)
            hours = self.problem.open_h[place]
            opens, closes = self._ticks((hours[0][0], hours[-1][1]))
            depots.append(Depot(self.index[place], opens, closes))
        fixed = max(v.fixed_cost for v in self.problem.vehicles)
        # Above what any one task can add: a new vehicle and four of the dearest legs.
        prize = 2 * (round(fixed * CENTS) + 4 * self.dearest + 1)
        groups = self._groups_of_clients()
        return ProblemData(
            locations=[Location(0, 0) for _ in range(len(self.places) + 1)],
            clients=[
                self._client(client, self._prize(number, prize))
                for client, (number, _window) in enumerate(self.clients)
            ],
            groups=groups,
            depots=depots,
            vehicle_types=[self._vehicle_type(group) for group in self.groups],
            distance_matrices=distances,
            duration_matrices=[durations] * len(distances),
            shipments=[self._shipment(n, self._prize(n, prize)) for n in self.pairs],
        )

    def _prize(self, number: int, prize: int) -> int:
        """Better priorities weigh more; what was won before outweighs everything."""
        group = self.bundles[number]
        if group[0].id in self.kept:
            return prize * (len(self.tasks) + 1) * RANK_WEIGHT**RANKS
        ranks = sorted({order.priority for order in self.problem.orders}, reverse=True)
        place = min(ranks.index(group[0].priority), RANKS)
        return prize * RANK_WEIGHT**place * len(group)

    def _matrices(self) -> tuple[list[np.ndarray], np.ndarray, int]:
        problem = self.problem
        size = len(self.places) + 1
        horizon = round(problem.horizon_h * TICKS)
        durations = np.full((size, size), horizon + 1, dtype=np.int64)
        km = np.full((size, size), np.nan)
        for origin, row in self.index.items():
            for destination, column in self.index.items():
                lane = problem.km(origin, destination)
                if lane is not None:
                    km[row, column] = lane
                    hours = (
                        problem.hours(origin, destination) or 0.0
                    ) + problem.setup_h
                    durations[row, column] = round(hours * TICKS)
        km[:, self.anywhere] = 0
        durations[:, self.anywhere] = 0
        distances = []
        dearest = 0
        for price, tariff in self.prices:
            exact = np.nan_to_num(km, nan=0.0) * price
            for (own, origin, destination), cost in problem.lane_cost.items():
                if own == tariff and {origin, destination} <= self.index.keys():
                    exact[self.index[origin], self.index[destination]] = cost
            money = np.rint(exact * CENTS).astype(np.int64)
            dearest = max(dearest, int(money.max()))
            distances.append(money)
        for money in distances:
            money[np.isnan(km)] = 10 * dearest + 1
            np.fill_diagonal(money, 0)
        np.fill_diagonal(durations, 0)
        return distances, durations, dearest

    def _scale(self) -> None:
        """Time, load and money have units of their own; a leg is their measure."""
        legs = self.data.distance_matrix(0)[:-1, :-1]
        drive = self.data.duration_matrix(0)[:-1, :-1]
        driven = drive[drive <= round(self.problem.horizon_h * TICKS)]
        leg = max(float(legs.mean()), 1.0)
        rate = leg / max(float(np.median(driven)), 1.0)
        loads = []
        for unit, values in (
            (GRAMS / self.unit[0], [task.kg for task in self.tasks]),
            (LITRES / self.unit[1], [task.m3 for task in self.tasks]),
        ):
            mean = sum(values) / len(values) * unit
            loads.append(LOAD_START * leg / max(mean, 1.0))
        loads += [LOAD_START * leg] * len(self.masks)
        self.penalties = loads, TIME_START * rate, 1.0
        self.neighbourhood = NeighbourhoodParams(weight_wait_time=WAIT_WEIGHT * rate)

    def _amount(self, number: int) -> list[int]:
        task = self.tasks[number]
        return [
            round(task.kg * GRAMS) // self.unit[0],
            round(task.m3 * LITRES) // self.unit[1],
            *(int(self.bound[number] == mask) for mask in self.masks),
        ]

    def _vehicle_type(self, group: list[Vehicle]) -> VehicleType:
        vehicle = group[0]
        end = self.anywhere if vehicle.end is None else self.index[vehicle.end]
        number = next(n for n, other in enumerate(self.groups) if other is group)
        bound = [len(self.tasks) if mask[number] else 0 for mask in self.masks]
        opens, closes = vehicle.shift or (0.0, self.problem.horizon_h)
        more = {}
        if vehicle.max_hours is not None:
            more["shift_duration"] = round(vehicle.max_hours * TICKS)
        if vehicle.trips > 1 and vehicle.start in self.bases:
            more["reload_depots"] = [self.reload[vehicle.start]]
            more["max_reloads"] = vehicle.trips - 1
        return VehicleType(
            num_available=len(group),
            capacity=[
                round(vehicle.kg * GRAMS) // self.unit[0],
                round(vehicle.m3 * LITRES) // self.unit[1],
                *bound,
            ],
            start_depot=self.index[vehicle.start],
            end_depot=end,
            fixed_cost=round(vehicle.fixed_cost * CENTS),
            tw_early=round(opens * TICKS),
            tw_late=round(min(closes, self.problem.horizon_h) * TICKS),
            profile=self.prices.index(self.price_of[vehicle.id]),
            **more,
        )

    def _ticks(self, window: tuple[float, float] | None) -> tuple[int, int]:
        horizon = self.problem.horizon_h
        opens, closes = window or (0.0, horizon)
        return round(max(opens, 0) * TICKS), round(min(closes, horizon) * TICKS)

    def _windows(self, number: int, kind: str) -> list[tuple[int, int]]:
        """When the work of a task may begin, in ticks and within the horizon."""
        task = self.tasks[number]
        if kind == "delivery":
            windows = self.problem.windows(
                task.destination, task.deliver, task.deliver_open
            )
            # A window that is over before there are goods is none.
            ready = self._release(task)
            windows = tuple(w for w in windows if w[1] >= ready) or windows[-1:]
        else:
            windows = self.problem.windows(task.origin, task.pickup, task.pickup_open)
        within = [w for w in windows if w[0] <= self.problem.horizon_h and w[1] >= 0]
        return [self._ticks(window) for window in within] or [(0, 0)]

    def _release(self, task: Order) -> float:
        """From when the goods of a task can be loaded, in hours."""
        clock = max(task.pickup[0], 0.0) if task.pickup else 0.0
        return self.problem.begin(task.origin, None, clock, task.pickup_open)[0]

    def _groups_of_clients(self) -> list[ClientGroup]:
        """Clients that are one task: at most one of them is visited."""
        alike: dict[int, list[int]] = {}
        for client, (number, _window) in enumerate(self.clients):
            alike.setdefault(number, []).append(client)
        groups = [group for group in alike.values() if len(group) > 1]
        self.group_of = {
            client: place for place, group in enumerate(groups) for client in group
        }
        return [ClientGroup(group, required=False) for group in groups]

    def _client(self, client: int, prize: int) -> Client:
        number, (opens, closes) = self.clients[client]
        task = self.tasks[number]
        common = {
            "tw_early": opens,
            "tw_late": closes,
            "prize": prize,
            "required": False,
            "group": self.group_of.get(client),
        }
        if self.kind[number] == "pickup":
            return Client(
                location=self.index[task.origin],
                pickup=self._amount(number),
                # Unloading comes later; to count it here is on the safe side.
                service_duration=round((task.load_h + task.unload_h) * TICKS),
                **common,
            )
        return Client(
            location=self.index[task.destination],
            delivery=self._amount(number),
            service_duration=round(task.unload_h * TICKS),
            release_time=min(round(self._release(task) * TICKS), closes),
            **common,
        )

    def _shipment(self, number: int, prize: int) -> Shipment:
        task = self.tasks[number]
        pickup, deliver = self._pair_windows(number)
        return Shipment(
            pickup_location=self.index[task.origin],
            delivery_location=self.index[task.destination],
            pickup_tw_early=pickup[0],
            pickup_tw_late=pickup[1],
            pickup_service_duration=self._base_work(task),
            delivery_tw_early=deliver[0],
            # A tenth of a second is lost in rounding; insertion looks at it exactly.
            delivery_tw_late=max(deliver[1], pickup[0]),
            delivery_service_duration=round(task.unload_h * TICKS),
            amount=self._amount(number),
            prize=prize,
            required=False,
            name=task.id,
        )

    def _pair_windows(self, number: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """One window for each end of a pair: the longest two that a direct trip keeps.

        The other search looks at the whole day instead; what that breaks is repaired
        by insertion, which knows every window.
        """
        choice = self._windows(number, "pickup"), self._windows(number, "delivery")
        if len(choice[0]) == len(choice[1]) == 1:
            return choice[0][0], choice[1][0]
        if self.variant % 2:
            first, last = ((ends[0][0], ends[-1][1]) for ends in choice)
            return first, last
        task = self.tasks[number]
        # Of vehicles alike, the one that it is pinned to need not be the first.
        pinned = task.vehicles is not None
        fleet = self.problem.vehicles if pinned else self.problem.kinds

        def possible(pickup: tuple[int, int], deliver: tuple[int, int]) -> bool:
            order = replace(
                task,
                pickup=(pickup[0] / TICKS, pickup[1] / TICKS),
                deliver=(deliver[0] / TICKS, deliver[1] / TICKS),
            )
            return any(
                vehicle.takes(order)
                and trip_km(self.problem, order, vehicle) is not None
                and trip_in_time(self.problem, order, vehicle)
                for vehicle in fleet
            )

        return max(
            ((pickup, deliver) for pickup in choice[0] for deliver in choice[1]),
            key=lambda pair: (
                possible(*pair),
                pair[1][1] >= pair[0][0],
                sum(closes - opens for opens, closes in pair),
                -pair[0][0],
            ),
        )

    def _base_work(self, task: Order) -> int:
        """Loading takes time, but not where every vehicle is loaded before it leaves"""
        if all(vehicle.start == task.origin for vehicle in self.problem.vehicles):
            return 0
        return round(task.load_h * TICKS)

    # Back --------------------------------------------------------------------

    def _is_delivery(self, activity) -> bool:
        """Whether the goods were loaded at the base."""
        return activity.is_client() and self.kind[self._number(activity)] == "delivery"

    def _number(self, activity) -> int:
        if activity.is_client():
            return self.clients[activity.idx][0]
        return self.pairs[activity.idx]

    def routes(self, found: Found) -> tuple[Route, ...]:
        """The non-empty routes of a PyVRP solution, as early as possible."""
        free = [list(group) for group in self.groups]
        routes = []
        for route in found.routes():
            tasks = self._tasks(route)
            if tasks:
                vehicle = free[route.vehicle_type()].pop(0)
                routes.append(build_route(self.problem, vehicle, tasks))
        return tuple(sorted(routes, key=lambda route: route.vehicle))

    def _tasks(self, route) -> list[Task]:
        """What happens on a route, trip by trip; bundles are single orders again."""
        trips: list[list] = [[]]
        for activity in list(route.schedule())[1:]:
            if activity.is_depot():
                trips.append([])
            else:
                trips[-1].append(activity)
        tasks: list[Task] = []
        for trip in trips:
            loaded = [
                order
                for activity in trip
                if self._is_delivery(activity)
                for order in self.bundles[self._number(activity)]
            ]
            # Earliest first: a window never closes while another is waited for.
            loaded.sort(key=lambda o: (o.pickup[0] if o.pickup else 0.0, o.id))
            tasks += [Task("pickup", order) for order in loaded]
            brought: list[Order] = []
            for activity in trip:
                group = self.bundles[self._number(activity)]
                if not activity.is_client():
                    kind = "pickup" if activity.is_pickup() else "delivery"
                elif self._is_delivery(activity):
                    kind = "delivery"
                else:
                    kind = "pickup"
                    brought += group
                tasks += [Task(kind, order) for order in group]
            tasks += [Task("delivery", order) for order in brought]
        return tasks


def _common(numbers) -> int:
    """Largest number that divides all of them: smaller figures, the same problem."""
    result = 0
    for number in numbers:
        result = gcd(result, number)
    return result or 1


def _split_modes(
    problem: Problem, groups: list[list[Vehicle]], variant: int
) -> list[list[Vehicle]]:
    """Give each vehicle one set of classes that may ride together.

    Vehicles of a kind are shared out in proportion to the load of each set; which set
    comes first changes with the variant.
    """
    load: dict[str, float] = {}
    fleet_kg = max(v.kg for v in problem.vehicles) or 1.0
    fleet_m3 = max(v.m3 for v in problem.vehicles) or 1.0
    bad = {name for pair in problem.forbidden for name in pair}
    for order in problem.orders:
        if order.cargo_class in bad:
            share = max(order.kg / fleet_kg, order.m3 / fleet_m3)
            load[order.cargo_class] = load.get(order.cargo_class, 0.0) + share
    modes = _peaceful_sets(sorted(load), problem.forbidden)
    if len(modes) < 2:
        return groups
    allowed = {order.cargo_class for order in problem.orders if order.cargo_class}
    weights = [sum(load[name] for name in mode) for mode in modes]
    order = sorted(range(len(modes)), key=lambda n: (-weights[n], n))
    order = order[variant % len(order) :] + order[: variant % len(order)]
    result = []
    carried = [0.0] * len(modes)
    for group in groups:
        split: dict[int, list[Vehicle]] = {}
        for vehicle in group:
            # The set that has the least room for its load so far.
            number = min(order, key=lambda n: carried[n] / (weights[n] or 1e-9))
            carried[number] += 1
            own = vehicle.classes if vehicle.classes is not None else allowed
            taboo = load.keys() - modes[number]
            split.setdefault(number, []).append(
                replace(vehicle, classes=frozenset(own - taboo))
            )
        result += list(split.values())
    return result


def _peaceful_sets(
    names: list[str], forbidden: frozenset[frozenset[str]]
) -> list[frozenset[str]]:
    """The largest sets of classes without a forbidden pair."""
    sets: list[frozenset[str]] = []
    for size in range(len(names), 0, -1):
        for group in combinations(names, size):
            if any(frozenset(pair) in forbidden for pair in combinations(group, 2)):
                continue
            found = frozenset(group)
            if not any(found <= other for other in sets):
                sets.append(found)
    return sets
