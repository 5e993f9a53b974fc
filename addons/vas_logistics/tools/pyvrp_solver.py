"""PyVRP behind the planning interface (catalogue COD-01 to COD-05).

How the problem is told to PyVRP:
- one shipment per order, all optional with a prize above any detour, so an impossible
  or expensive order never sinks the plan;
- weight in grams and volume in litres as two load dimensions; one more dimension per
  cargo class that some vehicle may not carry (capacity 0 on those vehicles);
- one profile per price per kilometre, whose matrix is money in cents, so costs are
  exact; an open route ends in an imaginary depot that is free to reach;
- a missing lane takes longer than the horizon, so it is never driven.

Priority is strict: when not all orders fit, the plan is made rank by rank, and what a
better rank won outweighs everything that the next rank can bring.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
from pyvrp import (
    Depot,
    Location,
    PenaltyParams,
    ProblemData,
    Shipment,
    SolveParams,
    VehicleType,
    solve,
)
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.stop import MaxRuntime, MultipleCriteria, NoImprovement

from .feasibility import reason_alone
from .problem import Order, Problem, Reason, Route, Solution, Vehicle
from .routes import Task, build_route

GRAMS = LITRES = 1000
CENTS = 100
SECONDS = 3600
# Iterations without improvement, at least and per order: small plans end in a blink.
PATIENCE = 1000
PATIENCE_PER_ORDER = 250
# Prizes are large beside one gram, so penalties must be able to grow further.
PARAMS = SolveParams(penalty=PenaltyParams(max_penalty=1e7))

# A tight fleet reaches the bound of a penalty by nature; orders left out are explained.
warnings.filterwarnings("ignore", category=PenaltyBoundWarning)
ATTEMPTS = 3


class NoPlanError(Exception):
    """The engine found no plan that keeps all promises."""


class PyVrpSolver:
    """Solver with PyVRP's iterated local search; see the module for the model."""

    def solve(self, problem: Problem, seconds: float, seed: int = 0) -> Solution:
        """Return the best plan found within about ``seconds`` per rank."""
        unserved: dict[str, Reason] = {}
        possible: list[Order] = []
        for order in problem.orders:
            reason = reason_alone(problem, order)
            if reason:
                unserved[order.id] = reason
            else:
                possible.append(order)
        routes: tuple[Route, ...] = ()
        if possible:
            reduced = replace(problem, orders=tuple(possible))
            routes = self._solve_by_rank(reduced, seconds, seed)
        served = _served(routes)
        for order in possible:
            if order.id not in served:
                unserved[order.id] = "no_vehicle"
        return Solution(routes=routes, unserved=unserved)

    def _solve_by_rank(
        self, problem: Problem, seconds: float, seed: int
    ) -> tuple[Route, ...]:
        routes = self._run(problem, frozenset(), seconds, seed)
        ranks = sorted({order.priority for order in problem.orders})
        if len(_served(routes)) == len(problem.orders) or len(ranks) == 1:
            return routes
        routes = ()
        for rank in ranks:
            kept = _served(routes)
            orders = tuple(
                order
                for order in problem.orders
                if order.id in kept or order.priority == rank
            )
            part = replace(problem, orders=orders)
            better = self._run(part, kept, seconds / len(ranks), seed)
            if kept <= _served(better):
                routes = better
        return routes

    def _run(
        self, problem: Problem, kept: frozenset[str], seconds: float, seed: int
    ) -> tuple[Route, ...]:
        model = _Model(problem, kept)
        patience = PATIENCE + PATIENCE_PER_ORDER * len(problem.orders)
        stop = MultipleCriteria([MaxRuntime(seconds), NoImprovement(patience)])
        for attempt in range(ATTEMPTS):
            result = solve(
                model.data,
                stop,
                seed=seed + attempt,
                collect_stats=False,
                params=PARAMS,
            )
            if result.is_feasible():
                return model.routes(result.best)
        raise NoPlanError("No plan keeps all promises; give the engine more time.")


def _served(routes: tuple[Route, ...]) -> frozenset[str]:
    return frozenset(key for route in routes for key in route.orders)


class _Model:
    """One ``Problem`` as PyVRP data, and its solution back as routes."""

    def __init__(self, problem: Problem, kept: frozenset[str]) -> None:
        self.problem = problem
        places = {v.start for v in problem.vehicles}
        places |= {v.end for v in problem.vehicles if v.end is not None}
        places |= {o.origin for o in problem.orders}
        places |= {o.destination for o in problem.orders}
        self.places = sorted(places)
        self.index = {place: number for number, place in enumerate(self.places)}
        self.anywhere = len(self.places)
        self.restricted = sorted(
            {
                order.cargo_class
                for order in problem.orders
                if order.cargo_class is not None
                and any(not vehicle.carries(order) for vehicle in problem.vehicles)
            }
        )
        self.prices = sorted({v.cost_per_km for v in problem.vehicles})
        self.vehicle_groups = self._group_vehicles()
        self.data = self._build(kept)

    def _group_vehicles(self) -> list[list[Vehicle]]:
        """Vehicles alike in everything but name are one type of several."""
        groups: dict[Vehicle, list[Vehicle]] = {}
        for vehicle in sorted(self.problem.vehicles, key=lambda v: v.id):
            groups.setdefault(replace(vehicle, id=""), []).append(vehicle)
        return list(groups.values())

    def _build(self, kept: frozenset[str]) -> ProblemData:
        distances, durations, dearest = self._matrices()
        depots = [Depot(number) for number in range(len(self.places) + 1)]
        fixed = max(v.fixed_cost for v in self.problem.vehicles)
        # Above what any one order can add: a new vehicle and four of the dearest legs.
        prize = 2 * (round(fixed * CENTS) + 4 * dearest + 1)
        more = prize * (len(self.problem.orders) + 1)
        return ProblemData(
            locations=[Location(0, 0) for _ in depots],
            clients=[],
            depots=depots,
            vehicle_types=[self._vehicle_type(group) for group in self.vehicle_groups],
            distance_matrices=distances,
            duration_matrices=[durations] * len(distances),
            shipments=[
                self._shipment(order, more if order.id in kept else prize)
                for order in self.problem.orders
            ],
        )

    def _matrices(self) -> tuple[list[np.ndarray], np.ndarray, int]:
        problem = self.problem
        size = len(self.places) + 1
        horizon = round(problem.horizon_h * SECONDS)
        durations = np.full((size, size), horizon + 1, dtype=np.int64)
        km = np.full((size, size), np.nan)
        for origin, row in self.index.items():
            for destination, column in self.index.items():
                lane = problem.km(origin, destination)
                if lane is not None:
                    km[row, column] = lane
                    hours = problem.hours(origin, destination) or 0.0
                    durations[row, column] = round(hours * SECONDS)
        km[:, self.anywhere] = 0
        durations[:, self.anywhere] = 0
        distances = []
        dearest = 0
        for price in self.prices:
            money = np.rint(np.nan_to_num(km, nan=0.0) * price * CENTS)
            money = money.astype(np.int64)
            dearest = max(dearest, int(money.max()))
            distances.append(money)
        for money in distances:
            money[np.isnan(km)] = 10 * dearest + 1
            np.fill_diagonal(money, 0)
        np.fill_diagonal(durations, 0)
        return distances, durations, dearest

    def _vehicle_type(self, group: list[Vehicle]) -> VehicleType:
        vehicle = group[0]
        end = self.anywhere if vehicle.end is None else self.index[vehicle.end]
        count = len(self.problem.orders)
        classes = [
            count if vehicle.classes is None or name in vehicle.classes else 0
            for name in self.restricted
        ]
        return VehicleType(
            num_available=len(group),
            capacity=[round(vehicle.kg * GRAMS), round(vehicle.m3 * LITRES), *classes],
            start_depot=self.index[vehicle.start],
            end_depot=end,
            fixed_cost=round(vehicle.fixed_cost * CENTS),
            tw_late=round(self.problem.horizon_h * SECONDS),
            profile=self.prices.index(vehicle.cost_per_km),
        )

    def _shipment(self, order: Order, prize: int) -> Shipment:
        horizon = self.problem.horizon_h
        pickup = order.pickup or (0.0, horizon)
        deliver = order.deliver or (0.0, horizon)
        classes = [int(order.cargo_class == name) for name in self.restricted]
        return Shipment(
            pickup_location=self.index[order.origin],
            delivery_location=self.index[order.destination],
            pickup_tw_early=round(max(pickup[0], 0) * SECONDS),
            pickup_tw_late=round(min(pickup[1], horizon) * SECONDS),
            delivery_tw_early=round(max(deliver[0], 0) * SECONDS),
            delivery_tw_late=round(min(deliver[1], horizon) * SECONDS),
            amount=[round(order.kg * GRAMS), round(order.m3 * LITRES), *classes],
            prize=prize,
            required=False,
            name=order.id,
        )

    def routes(self, best) -> tuple[Route, ...]:
        """The non-empty routes of a PyVRP solution, as early as possible."""
        orders = self.problem.orders
        free = [list(group) for group in self.vehicle_groups]
        routes = []
        for route in best.routes():
            tasks = [
                Task(
                    "pickup" if activity.is_pickup() else "delivery",
                    orders[activity.idx],
                )
                for activity in route.schedule()
                if activity.is_shipment()
            ]
            if tasks:
                vehicle = free[route.vehicle_type()].pop(0)
                routes.append(build_route(self.problem, vehicle, tasks))
        return tuple(sorted(routes, key=lambda route: route.vehicle))
