"""Problems and solutions as plain JSON values, for another process or a record."""

from __future__ import annotations

from typing import Any

from .problem import Openings, Order, Problem, Route, Solution, Stop, Vehicle


def problem_to_json(problem: Problem) -> dict[str, Any]:
    """The whole problem; read back with ``problem_from_json`` it is equal."""
    return {
        "orders": [
            [
                *(o.id, o.origin, o.destination, o.kg, o.m3, o.shipper, o.cargo_class),
                *(o.pickup, o.deliver, o.priority, o.load_h, o.unload_h),
                sorted(o.vehicles) if o.vehicles is not None else None,
                *(o.pickup_open, o.deliver_open),
            ]
            for o in problem.orders
        ],
        "vehicles": [
            [
                *(v.id, v.kg, v.m3, v.start, v.end, v.fixed_cost, v.cost_per_km),
                sorted(v.classes) if v.classes is not None else None,
                *(v.shift, v.max_hours, v.trips, v.tariff),
            ]
            for v in problem.vehicles
        ],
        "lanes": [
            [*pair, km, problem.drive_h.get(pair)]
            for pair, km in problem.distance_km.items()
        ],
        "speed_kmh": problem.speed_kmh,
        "horizon_h": problem.horizon_h,
        "setup_h": problem.setup_h,
        "forbidden": sorted(sorted(pair) for pair in problem.forbidden),
        "open_h": {place: list(hours) for place, hours in problem.open_h.items()},
        "lane_cost": [[*key, money] for key, money in problem.lane_cost.items()],
    }


def problem_from_json(data: dict[str, Any]) -> Problem:
    """Read what ``problem_to_json`` wrote."""

    def pair(value: list | None) -> tuple[float, float] | None:
        return (value[0], value[1]) if value else None

    def hours(value: list | None) -> Openings | None:
        if value is None:
            return None
        return tuple((opens, closes) for opens, closes in value)

    def names(value: list | None) -> frozenset[str] | None:
        return frozenset(value) if value is not None else None

    return Problem(
        orders=tuple(
            Order(
                *row[:7],
                *(pair(row[7]), pair(row[8])),
                *(*row[9:12], names(row[12])),
                # A search recorded earlier knew no hours of customers.
                *(hours(value) for value in row[13:15]),
            )
            for row in data["orders"]
        ),
        vehicles=tuple(
            Vehicle(*row[:7], names(row[7]), pair(row[8]), *row[9:])
            for row in data["vehicles"]
        ),
        distance_km={(row[0], row[1]): row[2] for row in data["lanes"]},
        drive_h={(row[0], row[1]): row[3] for row in data["lanes"] if row[3]},
        speed_kmh=data["speed_kmh"],
        horizon_h=data["horizon_h"],
        setup_h=data["setup_h"],
        forbidden=frozenset(frozenset(pair) for pair in data["forbidden"]),
        # A search recorded earlier knew neither.
        open_h={
            place: tuple((opens, closes) for opens, closes in hours)
            for place, hours in data.get("open_h", {}).items()
        },
        lane_cost={
            (row[0], row[1], row[2]): row[3] for row in data.get("lane_cost", ())
        },
    )


def solution_to_json(solution: Solution) -> dict[str, Any]:
    """The whole solution; read back with ``solution_from_json`` it is equal."""
    return {
        "routes": [
            [
                *(route.vehicle, route.km, route.cost),
                [
                    [
                        *(s.outlet, s.arrival, s.departure, s.leg_km),
                        *(s.pickups, s.deliveries, s.kg, s.m3, s.handled),
                    ]
                    for s in route.stops
                ],
            ]
            for route in solution.routes
        ],
        "unserved": dict(solution.unserved),
        "seed": solution.seed,
        "trace": solution.trace,
    }


def solution_from_json(data: dict[str, Any]) -> Solution:
    """Read what ``solution_to_json`` wrote."""
    return Solution(
        routes=tuple(
            Route(
                vehicle=vehicle,
                stops=tuple(
                    Stop(
                        *row[:4],
                        pickups=tuple(row[4]),
                        deliveries=tuple(row[5]),
                        kg=row[6],
                        m3=row[7],
                        handled=tuple((kind, key, at) for kind, key, at in row[8]),
                    )
                    for row in stops
                ),
                km=km,
                cost=cost,
            )
            for vehicle, km, cost, stops in data["routes"]
        ),
        unserved=data["unserved"],
        seed=data["seed"],
        trace=tuple(data["trace"]),
    )
