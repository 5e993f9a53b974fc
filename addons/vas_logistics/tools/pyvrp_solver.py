"""PyVRP behind the planning interface (catalogue COD-01 to COD-05).

The model decides more than the solver:
- each order is looked at alone first; what can go on no vehicle never reaches the
  solver and its reason is known at once;
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

A search that is stuck for a third of the time starts again with another seed, in
turns from the best plan and from nothing; the best plan is kept. Priority is strict:
where not all orders fit, the plan is made rank by rank, and insertion fills what is
left, exact about every rule.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations, count
from math import gcd

import numpy as np
from pyvrp import (
    Client,
    ClientGroup,
    Depot,
    IteratedLocalSearch,
    IteratedLocalSearchCallbacks,
    IteratedLocalSearchParams,
    Location,
    PenaltyManager,
    PenaltyParams,
    ProblemData,
    RandomNumberGenerator,
    Shipment,
    SolveParams,
    VehicleType,
)
from pyvrp import Solution as Found
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.search import (
    LocalSearch,
    NeighbourhoodParams,
    PerturbationManager,
    PerturbationParams,
    compute_neighbours,
)

from .bundling import bundle, merged
from .feasibility import reason_alone, trip_in_time, trip_km
from .insertion import QUICK_S, Insertion, Tours
from .problem import (
    NoPlanError,
    Order,
    Problem,
    Progress,
    Reason,
    Report,
    Route,
    Solution,
    Vehicle,
    solution_rank,
)
from .routes import Task, build_route, route_tasks

GRAMS = LITRES = 1000
CENTS = 100
TICKS = 36_000  # tenths of a second in an hour
# Iterations without improvement, at least and per task: small plans end in a blink.
PATIENCE = 1000
PATIENCE_PER_TASK = 250
SMALL = 30
# A search that finds nothing better for this share of the time starts again.
STUCK_SHARE = 1 / 3
# Chains of short searches for plans of middle size: iterations of the first of them
# per task, and without improvement of the others.
MIDDLING = 150
CHAIN_FIRST = 12
CHAIN_CALM = 400
CHAIN_FAILURES = 2
# Plans above middle size are limited by time, not by getting stuck: they take fewer
# detours, shorter memory of worse plans and smaller shakes. See decision 0355.
LARGE_HISTORY = 100
LARGE_SHAKES = 10
BUNDLE_FROM = 60
MIXED_FROM = 40
PROBE_SHARE = 0.15
ATTEMPTS = 3
TELL_EVERY_S = 0.2
# Longest time to fill in what a search left out.
COMPLETE_S = 10.0
PARAMS = SolveParams()
LARGE = SolveParams(perturbation=PerturbationParams(max_perturbations=LARGE_SHAKES))
# Prizes are large beside one gram, and a tenth of a second is small beside a cent.
PENALTIES = PenaltyParams(min_penalty=1e-4, max_penalty=1e7)
# Penalties begin this high above the price of a leg per piece, or per hour, and fall.
LOAD_START = 120
TIME_START = 50_000
WAIT_WEIGHT = 0.2
RANK_WEIGHT = 3
RANKS = 5

# A tight fleet reaches the bound of a penalty by nature; orders left out are explained.
warnings.filterwarnings("ignore", category=PenaltyBoundWarning)


@dataclass
class _Watch:
    """Time, stop button, progress and the record of one planning run."""

    seconds: float
    report: Report | None = None
    stopped: Callable[[], bool] | None = None
    replay: Iterator[int] | None = None
    clock: Callable[[], float] = time.monotonic
    started: float = 0.0
    trace: list[int] = field(default_factory=list)
    best: tuple[int, float] | None = None

    def __post_init__(self) -> None:
        self.started = self.clock()

    def used(self) -> float:
        return self.clock() - self.started

    def over(self) -> bool:
        if self.stopped and self.stopped():
            return True
        return self.replay is None and self.used() >= self.seconds

    def tell(self, cost: float, served: int) -> None:
        """Report a plan that serves more orders, or as many for less."""
        rank = (-served, cost)
        if self.report and (self.best is None or rank < self.best):
            self.best = rank
            self.report(Progress(self.used(), cost, served))


class PyVrpSolver:
    """Solver with PyVRP's iterated local search; see the module for the model.

    :param variant: how vehicles are split where goods must not ride together
    :param trace: iterations of each search of an earlier run, to make its plan again
    :param clock: what seconds are; those of the processor make a measurement that does
        not depend on what else the machine does
    """

    def __init__(
        self,
        variant: int = 0,
        trace: tuple[int, ...] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.variant = variant
        self.trace = trace
        self.clock = clock

    def solve(
        self,
        problem: Problem,
        seconds: float,
        seed: int = 0,
        report: Report | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> Solution:
        """Return the best plan found within about ``seconds``."""
        replay = iter(self.trace) if self.trace is not None else None
        watch = _Watch(seconds, report, stopped, replay, self.clock)
        unserved: dict[str, Reason] = {}
        possible: list[Order] = []
        for order in problem.orders:
            reason = reason_alone(problem, order)
            if reason:
                unserved[order.id] = reason
            else:
                possible.append(order)
        if not possible:
            return Solution((), unserved, seed)
        reduced = replace(problem, orders=tuple(possible))
        routes = self._solve_by_rank(reduced, watch, seed)
        solution = _complete(reduced, routes, watch)
        watch.tell(solution.cost, len(possible) - len(solution.unserved))
        return replace(
            solution,
            unserved={**unserved, **solution.unserved},
            seed=seed,
            trace=tuple(watch.trace),
        )

    def _solve_by_rank(
        self, problem: Problem, watch: _Watch, seed: int
    ) -> tuple[Route, ...]:
        """All orders at once; where some stay behind, one priority after the other."""
        ranks = sorted({order.priority for order in problem.orders})
        model = _Model(problem, frozenset(), self.variant)
        share = 1.0 if len(ranks) == 1 else PROBE_SHARE
        best = self._search(model, watch, watch.seconds * share, seed)
        first = model.routes(best) if best else ()
        if len(ranks) == 1:
            return first
        if best and len(_served(first)) == len(problem.orders):
            best = self._search(model, watch, watch.seconds, seed, best)
            return model.routes(best) if best else first
        routes: tuple[Route, ...] = ()
        for number, rank in enumerate(ranks, 1):
            kept = _served(routes)
            orders = tuple(
                order
                for order in problem.orders
                if order.id in kept or order.priority == rank
            )
            model = _Model(replace(problem, orders=orders), kept, self.variant)
            used = watch.used()
            until = used + max(watch.seconds - used, 0.0) / (len(ranks) - number + 1)
            best = self._search(model, watch, until, seed)
            better = model.routes(best) if best else ()
            if kept <= _served(better):
                routes = better
        return _better(problem, first, routes)

    def _search(
        self,
        model: _Model,
        watch: _Watch,
        until: float,
        seed: int,
        best: Found | None = None,
    ) -> Found | None:
        """Search, and search again with other seeds, until the time is over."""
        patience = None
        if len(model.tasks) <= SMALL:
            patience = PATIENCE + PATIENCE_PER_TASK * len(model.tasks)
        stuck = max(until - watch.used(), 0.0) * STUCK_SHARE
        chain = _Chain(best) if SMALL < len(model.tasks) <= MIDDLING else None
        warm = best
        for attempt in count():
            run = _Run(model, watch, until, stuck, patience)
            if chain:
                run.calm_limit = CHAIN_CALM
                if chain.best is None:
                    run.most = CHAIN_FIRST * len(model.tasks)
            found = run.search(seed + attempt, warm)
            feasible = found is not None and found.is_feasible()
            if feasible and (best is None or _money(found) < _money(best)):
                best = found
            if chain:
                warm = chain.next(found if feasible else None)
            else:
                # In turns on from the best plan with fresh eyes, and from nothing.
                warm = best if attempt % 2 == 0 else None
            if watch.replay is not None:
                if not run.more_to_replay:
                    break
                continue
            watch.trace.append(run.iterations)
            done = patience is not None and (
                best is not None or attempt >= ATTEMPTS - 1
            )
            if done or watch.used() >= until or watch.over():
                watch.trace.append(0)
                break
        return best


class _Chain:
    """Short searches, each going on from the best plan of those before with fresh
    penalties; when two in a row find nothing better, a new chain begins from nothing.

    Middling plans get stuck for good in a wrong mix of vehicles; a few chains find
    what one long search does not.
    """

    def __init__(self, best: Found | None) -> None:
        self.best = best
        self.failed = 0

    def next(self, found: Found | None) -> Found | None:
        """What the next search starts from, None for nothing."""
        if found is not None and (
            self.best is None or _money(found) < _money(self.best)
        ):
            self.best = found
            self.failed = 0
        else:
            self.failed += 1
        if self.failed >= CHAIN_FAILURES:
            self.best = None
            self.failed = 0
        return self.best


def _served(routes: tuple[Route, ...]) -> frozenset[str]:
    return frozenset(key for route in routes for key in route.orders)


def _money(found: Found) -> int:
    return (
        found.distance_cost() + found.fixed_vehicle_cost() + found.uncollected_prizes()
    )


def _better(
    problem: Problem, one: tuple[Route, ...], other: tuple[Route, ...]
) -> tuple[Route, ...]:
    def rank(routes: tuple[Route, ...]) -> tuple:
        served = _served(routes)
        left: dict[str, Reason] = {
            order.id: "no_vehicle" for order in problem.orders if order.id not in served
        }
        return solution_rank(problem, Solution(routes, left))

    return min(one, other, key=rank)


def _complete(problem: Problem, routes: tuple[Route, ...], watch: _Watch) -> Solution:
    """Insert what was left out where it fits after all; nobody of a better priority
    stays behind for an ordinary order."""
    orders = {order.id: order for order in problem.orders}
    tours: Tours = {route.vehicle: route_tasks(route, orders) for route in routes}
    served = _served(routes)
    left = [order for order in problem.orders if order.id not in served]
    work = Insertion(problem, tours)
    broken = work.repair()
    if not left and not broken:
        return Solution(routes, {})
    left += broken
    until = watch.used() + COMPLETE_S

    def late() -> bool:
        return watch.used() > until

    def hopeless() -> bool:
        return watch.used() > until + QUICK_S

    stays = work.place_before_ordinary(left, late, hopeless)
    if not work.tours and stays:
        raise NoPlanError("No plan keeps all promises.")
    return work.solution(work.reasons(stays))


class _Run(IteratedLocalSearchCallbacks):
    """One search of PyVRP: stops in time, reports what it finds."""

    def __init__(
        self,
        model: _Model,
        watch: _Watch,
        until: float,
        stuck: float,
        patience: int | None,
    ) -> None:
        self.model = model
        self.watch = watch
        self.until = until
        self.stuck = stuck
        self.calm_limit = patience
        self.most: int | None = None
        self.iterations = 0
        self.calm = 0
        self.improved = watch.used()
        self.news: Found | None = None
        self.told = -TELL_EVERY_S
        self.limit: int | None = None
        self.more_to_replay = True
        if watch.replay is not None:
            self.limit = next(watch.replay, 0)
            self.more_to_replay = bool(self.limit)

    def search(self, seed: int, warm: Found | None) -> Found | None:
        """Return the best solution, feasible or not; None where nothing is to do."""
        if self.limit == 0:
            return None
        data = self.model.data
        large = len(self.model.tasks) > MIDDLING
        rng = RandomNumberGenerator(seed=seed)
        search = LocalSearch(
            data,
            rng,
            compute_neighbours(data, self.model.neighbourhood),
            PerturbationManager(LARGE.perturbation if large else PARAMS.perturbation),
        )
        for operator in PARAMS.operators:
            if operator.supports(data):
                search.add_operator(operator(data))
        penalties = PenaltyManager(self.model.penalties, PENALTIES)
        if warm is None:
            random = Found.make_random(data, rng)
            warm = search(random, penalties.max_cost_evaluator(), exhaustive=True)
        params = IteratedLocalSearchParams(callbacks=self)
        if large:
            params = replace(params, history_length=LARGE_HISTORY)
        algorithm = IteratedLocalSearch(data, penalties, search, warm, params)
        best = algorithm.run(self.stop, collect_stats=False).best
        self._tell()
        return best

    def stop(self, _cost: int) -> bool:
        """Asked before every iteration."""
        if self.limit is not None:
            over = self.iterations >= self.limit
        else:
            used = self.watch.used()
            over = (
                used >= self.until
                or (self.most is not None and self.iterations >= self.most)
                or (self.calm_limit is not None and self.calm >= self.calm_limit)
                or (self.calm_limit is None and used - self.improved >= self.stuck)
            )
        if self.news is not None:
            now = self.watch.used()
            if now - self.told >= TELL_EVERY_S:
                self.told = now
                self._tell()
        if over or (self.watch.stopped and self.watch.stopped()):
            return True
        self.iterations += 1
        self.calm += 1
        return False

    def on_start(self, ils: IteratedLocalSearch) -> None:
        self.on_best(ils.initial_solution)

    def on_best(self, best: Found) -> None:
        self.calm = 0
        self.improved = self.watch.used()
        if best.is_feasible():
            self.news = best

    def _tell(self) -> None:
        """Report the last plan found: to count its orders takes longer than to find
        it, so not each of them."""
        if self.news is not None and self.watch.report:
            money = self.news.distance_cost() + self.news.fixed_vehicle_cost()
            self.watch.tell(money / CENTS, self.model.served(self.news))
        self.news = None


class _Model:
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
        return frozenset(result)

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
        else:
            windows = self.problem.windows(task.origin, task.pickup, task.pickup_open)
        within = [w for w in windows if w[0] <= self.problem.horizon_h and w[1] >= 0]
        return [self._ticks(window) for window in within] or [(0, 0)]

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
        clock = max(task.pickup[0], 0.0) if task.pickup else 0.0
        release = self.problem.begin(task.origin, None, clock, task.pickup_open)[0]
        return Client(
            location=self.index[task.destination],
            delivery=self._amount(number),
            service_duration=round(task.unload_h * TICKS),
            release_time=round(release * TICKS),
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
            delivery_tw_late=deliver[1],
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
                for vehicle in self.problem.kinds
            )

        return max(
            ((pickup, deliver) for pickup in choice[0] for deliver in choice[1]),
            key=lambda pair: (
                possible(*pair),
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

    def served(self, found: Found) -> int:
        """Orders on the routes of a PyVRP solution."""
        numbers = [
            self._number(activity)
            for route in found.routes()
            for activity in route.schedule()
            if activity.is_client() or activity.is_pickup()
        ]
        return sum(len(self.bundles[number]) for number in numbers)

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
