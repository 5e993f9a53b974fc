"""The narrow interface of co-delivery planning: orders, vehicles and distances in,
routes out.

Units everywhere: kilograms, cubic metres, kilometres, money in one currency, hours
counted from the start of the plan. Nothing here knows Odoo or a solver; another engine
is one more class with the ``Solver`` protocol. Catalogue: COD-01 to COD-05, FLT-02.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, Protocol

Window = tuple[float, float]
Handling = tuple[Literal["pickup", "delivery"], str, float]
Openings = tuple[Window, ...]
Reason = Literal[
    "capacity", "class", "unreachable", "time_window", "no_vehicle", "no_time"
]


@dataclass(frozen=True, slots=True)
class Order:
    """One shipper's load from an outlet to another; a smaller priority goes first.

    ``load_h`` and ``unload_h`` are the hours of work at the two ends. ``vehicles`` None
    means any; otherwise a dispatcher pinned the order to these. ``pickup_open`` and
    ``deliver_open`` are the hours of who hands the goods over and of who takes them, in
    order and apart; None means any time. They count together with the hours of the
    place and with the window.
    """

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
    load_h: float = 0.0
    unload_h: float = 0.0
    vehicles: frozenset[str] | None = None
    pickup_open: Openings | None = None
    deliver_open: Openings | None = None


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle that makes one route from ``start``; ``end`` None means anywhere.

    ``classes`` None means that it may carry every class of cargo. ``shift`` is when the
    driver may be on the way, ``max_hours`` how long from leaving to the end, ``trips``
    how often the vehicle may load at its start, ``tariff`` the class whose prices of
    lanes it pays.
    """

    id: str
    kg: float
    m3: float
    start: str
    end: str | None = None
    fixed_cost: float = 0.0
    cost_per_km: float = 0.0
    classes: frozenset[str] | None = None
    shift: Window | None = None
    max_hours: float | None = None
    trips: int = 1
    tariff: str | None = None

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

    def takes(self, order: Order) -> bool:
        """Whether size, class and pin allow the order on this vehicle."""
        pinned_elsewhere = order.vehicles is not None and self.id not in order.vehicles
        return not pinned_elsewhere and self.fits(order) and self.carries(order)


def _in_order(hours: Openings) -> bool:
    ends = [hour for opening in hours for hour in opening]
    return ends == sorted(ends)


def common_hours(one: Openings, other: Openings) -> Openings:
    """When both are open.

    >>> common_hours(((8.0, 12.0), (13.0, 17.0)), ((10.0, 14.0),))
    ((10.0, 12.0), (13.0, 14.0))
    """
    shared = (
        (max(first[0], second[0]), min(first[1], second[1]))
        for first in one
        for second in other
    )
    return tuple(sorted(both for both in shared if both[0] < both[1]))


@dataclass(frozen=True)
class Problem:
    """Everything a solver may know. A missing pair in ``distance_km`` is no lane.

    ``setup_h``: hours at each stop before the first piece moves; none where the route
    begins. Loading takes no time at the vehicle's own start, where others do it.
    ``forbidden``: pairs of cargo classes that never ride at the same time.
    ``estimated``: lanes whose distance nobody measured.
    ``open_h``: when an outlet works, in order and apart; not named is always.
    ``lane_cost``: (tariff, origin, destination) to the money of that drive; other
    drives cost the vehicle's price per kilometre.
    """

    orders: tuple[Order, ...]
    vehicles: tuple[Vehicle, ...]
    distance_km: Mapping[tuple[str, str], float]
    speed_kmh: float
    horizon_h: float
    drive_h: Mapping[tuple[str, str], float] = field(default_factory=dict)
    setup_h: float = 0.0
    forbidden: frozenset[frozenset[str]] = frozenset()
    estimated: frozenset[tuple[str, str]] = frozenset()
    open_h: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    lane_cost: Mapping[tuple[str, str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for label, ids in (
            ("order", [order.id for order in self.orders]),
            ("vehicle", [vehicle.id for vehicle in self.vehicles]),
        ):
            if len(ids) != len(set(ids)):
                raise ValueError(f"Every {label} needs an id of its own.")
        if self.speed_kmh <= 0 or self.horizon_h <= 0:
            raise ValueError("Speed and horizon must be positive.")
        if self.setup_h < 0:
            raise ValueError("The set-up time must not be negative.")
        for order in self.orders:
            if order.kg < 0 or order.m3 < 0:
                raise ValueError(f"Order {order.id}: the load must not be negative.")
            if order.load_h < 0 or order.unload_h < 0:
                raise ValueError(f"Order {order.id}: work takes no negative time.")
            for window in (order.pickup, order.deliver):
                if window and window[0] > window[1]:
                    raise ValueError(
                        f"Order {order.id}: a window ends before it starts."
                    )
            for hours in (order.pickup_open, order.deliver_open):
                if hours and not _in_order(hours):
                    raise ValueError(f"Order {order.id}: its hours are not in order.")
        for place, hours in self.open_h.items():
            if not _in_order(hours):
                raise ValueError(f"Outlet {place}: its hours are not in order.")
        if any(money < 0 for money in self.lane_cost.values()):
            raise ValueError("A drive must not cost less than nothing.")

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

    def money(self, vehicle: Vehicle, origin: str, destination: str) -> float:
        """What a drive between two places costs this vehicle; the lane must exist."""
        km = self.km(origin, destination) or 0.0
        if self.lane_cost and vehicle.tariff is not None and km:
            key = vehicle.tariff, origin, destination
            if key in self.lane_cost:
                return self.lane_cost[key]
        return km * vehicle.cost_per_km

    def way_money(self, vehicle: Vehicle, places: Iterable[str]) -> float:
        """What the vehicle costs on its way through these places in this order."""
        way = list(places)
        if not self.lane_cost or vehicle.tariff is None:
            pairs = zip(way, way[1:], strict=False)
            km = sum(self.km(one, other) or 0.0 for one, other in pairs)
            return vehicle.fixed_cost + vehicle.cost_per_km * km
        return vehicle.fixed_cost + sum(
            self.money(vehicle, one, other)
            for one, other in zip(way, way[1:], strict=False)
        )

    @cached_property
    def _common_hours(self) -> dict[tuple[str, Openings], Openings]:
        """Hours of a place and of a customer together, as far as they were asked."""
        return {}

    @cached_property
    def has_hours(self) -> bool:
        """Whether anybody here works at certain hours only."""
        return bool(self.open_h) or any(
            order.pickup_open is not None or order.deliver_open is not None
            for order in self.orders
        )

    def hours_at(self, place: str, own: Openings | None) -> Openings | None:
        """When both the outlet and the customer (``own``) work; None: always."""
        hours = self.open_h.get(place)
        if own is None or hours is None:
            return hours if own is None else own
        key = place, own
        if key not in self._common_hours:
            self._common_hours[key] = common_hours(hours, own)
        return self._common_hours[key]

    def begin(
        self,
        place: str,
        window: Window | None,
        clock: float,
        own: Openings | None = None,
    ) -> tuple[float, float]:
        """When work at a place begins that could begin at ``clock``.

        :param own: hours of the customer there
        :return: the hour, waiting for the window and for the outlet and the customer to
            open, and by how many hours that is too late (0: in time)
        """
        begin = max(clock, window[0]) if window else clock
        late = 0.0
        hours = self.hours_at(place, own)
        if hours is not None:
            for opens, closes in hours:
                if begin <= closes:
                    begin = max(begin, opens)
                    break
            else:
                late = begin - hours[-1][1] if hours else self.horizon_h
        if window:
            late = max(late, begin - window[1])
        return begin, late

    def windows(
        self, place: str, window: Window | None, own: Openings | None = None
    ) -> tuple[Window, ...]:
        """When work may begin there: what is left of the window in the opening hours"""
        whole = window or (0.0, self.horizon_h)
        hours = self.hours_at(place, own)
        if hours is None:
            return (whole,)
        return tuple(
            (max(whole[0], opens), min(whole[1], closes))
            for opens, closes in hours
            if opens <= whole[1] and closes >= whole[0]
        )

    def closes(
        self,
        place: str,
        window: Window | None,
        begin: float,
        own: Openings | None = None,
    ) -> float:
        """Until when work that begins at ``begin`` could begin without waiting"""
        until = window[1] if window else float("inf")
        for opens, closes in self.hours_at(place, own) or ():
            if opens <= begin <= closes:
                return min(until, closes)
        return until

    @cached_property
    def kinds(self) -> tuple[Vehicle, ...]:
        """One vehicle of each kind: those alike in everything but the name."""
        found: dict[Vehicle, Vehicle] = {}
        for vehicle in self.vehicles:
            found.setdefault(replace(vehicle, id=""), vehicle)
        return tuple(found.values())

    def may_ride(self, one: Order, other: Order) -> bool:
        """Whether two orders may be on a vehicle at the same time."""
        return (
            not self.forbidden
            or one.cargo_class is None
            or other.cargo_class is None
            or frozenset((one.cargo_class, other.cargo_class)) not in self.forbidden
        )


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on a route; loads are those on board when the vehicle leaves it.

    ``handled`` says in which order things happen here and when each begins; without it
    everything is handled at once, unloading first.
    """

    outlet: str
    arrival: float
    departure: float
    leg_km: float
    pickups: tuple[str, ...] = ()
    deliveries: tuple[str, ...] = ()
    kg: float = 0.0
    m3: float = 0.0
    handled: tuple[Handling, ...] = ()


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
    """Routes, and why each other order stays.

    ``seed`` and ``trace`` (iterations of each search) make the same plan again.
    """

    routes: tuple[Route, ...]
    unserved: Mapping[str, Reason]
    seed: int = 0
    trace: tuple[int, ...] = ()

    @property
    def cost(self) -> float:
        """Money of all routes."""
        return sum(route.cost for route in self.routes)


class NoPlanError(Exception):
    """The engine found no plan that keeps all promises."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The best plan so far: when found (seconds), its cost and the orders served."""

    seconds: float
    cost: float
    served: int


Report = Callable[[Progress], None]


class Solver(Protocol):
    """What a planning engine must offer."""

    def solve(
        self,
        problem: Problem,
        seconds: float,
        seed: int = 0,
        report: Report | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> Solution:
        """Return the best plan found within about ``seconds``.

        ``report`` hears of every better plan; once ``stopped`` says yes, the best plan
        so far is returned at once. Raises ``NoPlanError`` when there is none.
        """


def solution_rank(problem: Problem, solution: Solution) -> tuple:
    """What makes a plan better, smaller first: no order of a better priority is left
    behind, then the cost."""
    left: dict[int, int] = {order.priority: 0 for order in problem.orders}
    for order in problem.orders:
        if order.id in solution.unserved:
            left[order.priority] += 1
    return (*(left[priority] for priority in sorted(left)), solution.cost)


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
