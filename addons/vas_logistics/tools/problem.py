"""The narrow interface of co-delivery planning: orders, vehicles and distances in,
routes out.

Units everywhere: kilograms, cubic metres, kilometres, money in one currency, hours
counted from the start of the plan. Nothing here knows Odoo or a solver; another engine
is one more class with the ``Solver`` protocol. Catalogue: COD-01 to COD-05, FLT-02.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Window = tuple[float, float]
Reason = Literal["capacity", "class", "unreachable", "time_window", "no_vehicle"]


@dataclass(frozen=True, slots=True)
class Order:
    """One shipper's load from an outlet to another; a smaller priority goes first."""

    id: str
    origin: str
    destination: str
    kg: float
    m3: float
    shipper: str = ""
    cargo_class: str | None = None
    pickup: Window | None = None
    deliver: Window | None = None
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle that makes one route from ``start``; ``end`` None means anywhere.

    ``classes`` None means that it may carry every class of cargo.
    """

    id: str
    kg: float
    m3: float
    start: str
    end: str | None = None
    fixed_cost: float = 0.0
    cost_per_km: float = 0.0
    classes: frozenset[str] | None = None

    def fits(self, order: Order) -> bool:
        """Whether the order alone is within the weight and the volume."""
        return order.kg <= self.kg and order.m3 <= self.m3

    def carries(self, order: Order) -> bool:
        """Whether the vehicle may carry this class of cargo (FLT-02)."""
        return (
            self.classes is None
            or order.cargo_class is None
            or order.cargo_class in self.classes
        )


@dataclass(frozen=True)
class Problem:
    """Everything a solver may know. A missing pair in ``distance_km`` is no lane."""

    orders: tuple[Order, ...]
    vehicles: tuple[Vehicle, ...]
    distance_km: Mapping[tuple[str, str], float]
    speed_kmh: float
    horizon_h: float
    drive_h: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for label, ids in (
            ("order", [order.id for order in self.orders]),
            ("vehicle", [vehicle.id for vehicle in self.vehicles]),
        ):
            if len(ids) != len(set(ids)):
                raise ValueError(f"Every {label} needs an id of its own.")
        if self.speed_kmh <= 0 or self.horizon_h <= 0:
            raise ValueError("Speed and horizon must be positive.")
        for order in self.orders:
            if order.kg < 0 or order.m3 < 0:
                raise ValueError(f"Order {order.id}: the load must not be negative.")
            for window in (order.pickup, order.deliver):
                if window and window[0] > window[1]:
                    raise ValueError(
                        f"Order {order.id}: a window ends before it starts."
                    )

    def km(self, origin: str, destination: str) -> float | None:
        """Kilometres of the direct lane, 0 at the same place, None without a lane."""
        if origin == destination:
            return 0.0
        return self.distance_km.get((origin, destination))

    def hours(self, origin: str, destination: str) -> float | None:
        """Driving hours: those of the lane, else its distance at the plan's speed."""
        km = self.km(origin, destination)
        if km is None or not km:
            return km
        return self.drive_h.get((origin, destination)) or km / self.speed_kmh


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on a route; loads are those on board when the vehicle leaves it."""

    outlet: str
    arrival: float
    departure: float
    leg_km: float
    pickups: tuple[str, ...] = ()
    deliveries: tuple[str, ...] = ()
    kg: float = 0.0
    m3: float = 0.0


@dataclass(frozen=True, slots=True)
class Route:
    """One vehicle's ordered stops, the first at its start (COD-05)."""

    vehicle: str
    stops: tuple[Stop, ...]
    km: float
    cost: float

    @property
    def orders(self) -> tuple[str, ...]:
        """The orders on board at some time, in the order of loading."""
        return tuple(order for stop in self.stops for order in stop.pickups)


@dataclass(frozen=True, slots=True)
class Solution:
    """Routes, and why each other order stays."""

    routes: tuple[Route, ...]
    unserved: Mapping[str, Reason]

    @property
    def cost(self) -> float:
        """Money of all routes."""
        return sum(route.cost for route in self.routes)


class Solver(Protocol):
    """What a planning engine must offer."""

    def solve(self, problem: Problem, seconds: float, seed: int = 0) -> Solution:
        """Return the best plan found within about ``seconds``."""


def load_rate(
    loads: Iterable[tuple[float, float]], kg_capacity: float, m3_capacity: float
) -> float:
    """Full-load rate (LRP-01): the larger of the weight and the volume share on the
    fullest leg; 0 without legs. A capacity of 0 is unknown and counts no share.

    >>> round(load_rate([(6000, 30), (10000, 50)], 12000, 60), 4)
    0.8333
    """
    return max(
        (
            max(
                kg / kg_capacity if kg_capacity else 0.0,
                m3 / m3_capacity if m3_capacity else 0.0,
            )
            for kg, m3 in loads
        ),
        default=0.0,
    )


def route_load_rate(route: Route, vehicle: Vehicle) -> float:
    """Full-load rate of a planned route, see ``load_rate``."""
    return load_rate(
        ((stop.kg, stop.m3) for stop in route.stops), vehicle.kg, vehicle.m3
    )
