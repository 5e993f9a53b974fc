"""PyVRP behind the planning interface (catalogue COD-01 to COD-05).

Each order is looked at alone first; what can go on no vehicle never reaches the solver
and its reason is known at once. What the solver is told is in ``pyvrp_model``.

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
from itertools import count

from pyvrp import (
    IteratedLocalSearch,
    IteratedLocalSearchCallbacks,
    IteratedLocalSearchParams,
    PenaltyManager,
    PenaltyParams,
    RandomNumberGenerator,
    SolveParams,
)
from pyvrp import Solution as Found
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.search import (
    LocalSearch,
    PerturbationManager,
    PerturbationParams,
    compute_neighbours,
)

from .feasibility import reason_alone
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
    solution_rank,
)
from .pyvrp_model import Model
from .routes import route_tasks

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
PROBE_SHARE = 0.15
ATTEMPTS = 3
TELL_EVERY_S = 0.2
# Longest time to fill in what a search left out.
COMPLETE_S = 10.0
PARAMS = SolveParams()
LARGE = SolveParams(perturbation=PerturbationParams(max_perturbations=LARGE_SHAKES))
# Prizes are large beside one gram, and a tenth of a second is small beside a cent.
PENALTIES = PenaltyParams(min_penalty=1e-4, max_penalty=1e7)

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
        model = Model(problem, frozenset(), self.variant)
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
            model = Model(replace(problem, orders=orders), kept, self.variant)
            used = watch.used()
            until = used + max(watch.seconds - used, 0.0) / (len(ranks) - number + 1)
            best = self._search(model, watch, until, seed)
            better = model.routes(best) if best else ()
            if kept <= _served(better):
                routes = better
        return _better(problem, first, routes)

    def _search(
        self,
        model: Model,
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
    # A trip can be mended with all its orders: also then it is another trip.
    left += work.repair()
    late = _Limit(watch, COMPLETE_S)
    hopeless = _Limit(watch, COMPLETE_S + QUICK_S)
    stays = work.place_before_ordinary(left, late, hopeless)
    watch.trace += [late.over_at, hopeless.over_at]
    if not work.tours and stays:
        raise NoPlanError("No plan keeps all promises.")
    return work.solution(work.reasons(stays))


class _Limit:
    """Whether the time is over; the number of the question at which it was is recorded,
    and decides instead of the time when the plan is made again."""

    def __init__(self, watch: _Watch, seconds: float) -> None:
        self.watch = watch
        self.until = watch.used() + seconds
        self.asked = 0
        self.over_at = 0
        replay = watch.replay
        # None: an older trace, or none at all.
        self.known = next(replay, None) if replay is not None else None

    def __call__(self) -> bool:
        self.asked += 1
        if self.known is not None:
            return 0 < self.known <= self.asked
        over = self.watch.used() > self.until
        if over and not self.over_at:
            self.over_at = self.asked
        return over


class _Run(IteratedLocalSearchCallbacks):
    """One search of PyVRP: stops in time, reports what it finds."""

    def __init__(
        self,
        model: Model,
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
        # One iteration at least: none would be read as "no search" when replayed.
        over = over or bool(self.watch.stopped and self.watch.stopped())
        if over and (self.iterations or self.limit is not None):
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
            # As routes: the search counts whole cents a leg, the plan does not.
            routes = self.model.routes(self.news)
            cost = sum(route.cost for route in routes)
            self.watch.tell(cost, len(_served(routes)))
        self.news = None
