"""Property tests of the planning kernel: no plan ever breaks a promise."""

from dataclasses import replace
from itertools import count
from math import dist
from random import Random
from unittest import TestCase

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ..tools.checker import check
from ..tools.feasibility import reason_alone, separate_cost
from ..tools.insertion import InsertionSolver, Network
from ..tools.problem import (
    Order,
    Problem,
    Route,
    Solution,
    Stop,
    Vehicle,
    common_hours,
    load_rate,
    route_load_rate,
)
from ..tools.pyvrp_solver import PyVrpSolver
from ..tools.routes import route_tasks
from ..tools.wire import (
    problem_from_json,
    problem_to_json,
    solution_from_json,
    solution_to_json,
)

OUTLETS = "ABCD"
ROAD = {
    ("A", "B"): 100.0,
    ("B", "C"): 100.0,
    ("A", "C"): 200.0,
    ("B", "A"): 100.0,
    ("C", "B"): 100.0,
    ("C", "A"): 200.0,
}
FEUD = frozenset([frozenset(["dry", "cold"])])
TRUCK = {"kg": 12000, "m3": 60, "fixed_cost": 500, "cost_per_km": 5}


def problem(orders, vehicles, distance=None, **values):
    return Problem(
        orders=tuple(orders),
        vehicles=tuple(vehicles),
        distance_km=ROAD if distance is None else distance,
        **{"speed_kmh": 60, "horizon_h": 24, **values},
    )


@st.composite
def problems(draw):
    """Small networks with missing lanes, tight windows, classes and odd loads."""
    outlet = st.sampled_from(OUTLETS)
    distance = draw(
        st.dictionaries(
            st.tuples(outlet, outlet).filter(lambda pair: pair[0] != pair[1]),
            st.floats(1, 900),
            min_size=4,
        )
    )
    window = st.none() | st.tuples(st.floats(0, 12), st.floats(0, 12)).map(
        lambda pair: (min(pair), max(pair))
    )
    cargo = st.sampled_from([None, "dry", "cold"])
    hours = st.sampled_from([0.0, 0.0, 0.25, 1.0])
    pins = st.sampled_from([None, None, None, frozenset(["v0"]), frozenset(["v1"])])
    own = st.sampled_from([None, None, ((0.0, 4.0), (5.5, 9.0)), ((2.0, 7.0),), ()])
    orders = []
    for number in range(draw(st.integers(1, 6))):
        origin, destination = draw(
            st.tuples(outlet, outlet).filter(lambda pair: pair[0] != pair[1])
        )
        orders.append(
            Order(
                id=f"o{number}",
                origin=origin,
                destination=destination,
                kg=draw(st.floats(0, 9000)),
                m3=draw(st.floats(0, 50)),
                shipper=draw(st.sampled_from("xyz")),
                cargo_class=draw(cargo),
                pickup=draw(window),
                deliver=draw(window),
                priority=draw(st.integers(1, 3)),
                load_h=draw(hours),
                unload_h=draw(hours),
                vehicles=draw(pins),
                pickup_open=draw(own),
                deliver_open=draw(own),
            )
        )
    vehicles = [
        Vehicle(
            id=f"v{number}",
            kg=draw(st.floats(1, 12000)),
            m3=draw(st.floats(1, 60)),
            start=draw(outlet),
            end=draw(st.none() | outlet),
            fixed_cost=draw(st.floats(0, 900)),
            cost_per_km=draw(st.floats(0, 9)),
            classes=draw(
                st.none() | st.sets(st.sampled_from(["dry", "cold"])).map(frozenset)
            ),
            shift=draw(st.sampled_from([None, None, (1.0, 14.0), (0.0, 6.0)])),
            max_hours=draw(st.sampled_from([None, None, 5.0, 9.0])),
            trips=draw(st.integers(1, 3)),
            tariff=draw(st.sampled_from([None, "big", "small"])),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    opening = st.sampled_from([(), ((8.0, 20.0),), ((0.0, 4.0), (5.5, 9.0))])
    lanes = st.tuples(st.sampled_from(["big", "small"]), st.sampled_from(sorted(ROAD)))
    return problem(
        orders,
        vehicles,
        distance,
        horizon_h=draw(st.floats(4, 24)),
        setup_h=draw(hours),
        forbidden=draw(st.sampled_from([frozenset(), FEUD])),
        open_h=draw(st.just({}) | st.dictionaries(outlet, opening, max_size=2)),
        lane_cost={
            (tariff, *ends): money
            for (tariff, ends), money in draw(
                st.dictionaries(lanes, st.floats(0, 5000), max_size=4)
            ).items()
        },
    )


def left_for_ordinary(case, solution):
    """Orders left behind although, without the ordinary orders of a trip, they fit."""
    network = Network(case)
    orders = {order.id: order for order in case.orders}
    vehicles = {vehicle.id: vehicle for vehicle in case.vehicles}
    found = []
    for key, reason in solution.unserved.items():
        for route in solution.routes if reason == "no_vehicle" else ():
            better = [
                task
                for task in route_tasks(route, orders)
                if task.order.priority <= orders[key].priority
            ]
            fewer = len(better) < 2 * len(route.orders)
            vehicle = vehicles[route.vehicle]
            if fewer and network.insert(vehicle, better, orders[key]):
                found.append((key, route.vehicle))
    return found


class TestSolver(TestCase):
    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(problems())
    def test_every_plan_passes_the_independent_check(self, case):
        solution = PyVrpSolver().solve(case, 0.05)
        self.assertEqual(check(case, solution), [])
        for order in case.orders:
            alone = reason_alone(case, order)
            if alone:
                self.assertEqual(solution.unserved.get(order.id), alone)
            elif order.id in solution.unserved:
                self.assertEqual(solution.unserved[order.id], "no_vehicle")
        self.assertEqual(left_for_ordinary(case, solution), [])
        self.assertEqual(problem_from_json(problem_to_json(case)), case)

    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(problems())
    def test_an_order_that_can_go_alone_is_not_left_when_it_is_the_only_one(self, case):
        single = problem(
            case.orders[:1],
            case.vehicles,
            case.distance_km,
            horizon_h=case.horizon_h,
            setup_h=case.setup_h,
            forbidden=case.forbidden,
            open_h=case.open_h,
            lane_cost=case.lane_cost,
        )
        solution = PyVrpSolver().solve(single, 0.05)
        cost = separate_cost(single, single.orders[0])
        if cost is None:
            self.assertFalse(solution.routes)
        else:
            self.assertFalse(solution.unserved)
            self.assertLessEqual(abs(solution.cost - cost), 0.02)

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(problems())
    def test_insertion_keeps_every_promise_and_every_rank(self, case):
        solution = InsertionSolver().solve(case, 60)
        self.assertEqual(check(case, solution), [])
        self.assertEqual(left_for_ordinary(case, solution), [])

    @settings(
        max_examples=6,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.integers(0, 10**6), st.booleans(), st.booleans(), st.booleans())
    # A trip that is late across the lunch break is mended with all its orders.
    @example(409, True, True, True)
    def test_large_plans_keep_every_promise(self, seed, feud, depots, hours):
        """Bundles, deliveries beside pairs, several trips, pins, two depots, lunch;
        a fleet that is too small leaves the ordinary orders behind."""
        dice = Random(seed)
        names = [f"p{n}" for n in range(8)]
        places = {name: (dice.uniform(0, 80), dice.uniform(0, 80)) for name in names}
        road = {
            (one, other): dist(places[one], places[other])
            for one in names
            for other in names
            if one != other
        }
        orders = []
        for number in range(90):
            origin, destination = dice.sample(names, 2)
            if dice.random() < 0.7:
                origin, destination = "p0", dice.choice(names[1:])
            orders.append(
                Order(
                    f"o{number:02}",
                    origin,
                    destination,
                    dice.uniform(1, 400),
                    dice.uniform(0.01, 2),
                    cargo_class=dice.choice([None, "dry", "cold"]),
                    pickup=dice.choice([None, (1.0, 9.0)]),
                    deliver=dice.choice([None, (2.0, 8.0)]),
                    priority=dice.choice([1, 1, 2, 3]),
                    load_h=0.02,
                    unload_h=0.02,
                    vehicles=frozenset(["v1"]) if number == 5 else None,
                )
            )
        fleet = [
            Vehicle(
                f"v{n}",
                dice.choice([1200, 5000]),
                dice.choice([9, 32]),
                "p1" if depots and n > 5 else "p0",
                dice.choice([None, "p0"]),
                dice.choice([45, 95]),
                0.8,
                max_hours=dice.choice([None, 9.0]),
                trips=2,
                tariff=dice.choice([None, "toll"]),
            )
            for n in range(dice.choice([3, 9]))
        ]
        lunch = {name: ((1.0, 5.0), (6.0, 10.0)) for name in names[:3]}
        case = problem(
            orders,
            fleet,
            road,
            horizon_h=14,
            setup_h=0.1,
            forbidden=FEUD if feud else frozenset(),
            open_h=lunch if hours else {},
            lane_cost={("toll", "p0", name): 90.0 for name in names[1:]},
        )
        solution = PyVrpSolver(seed % 2).solve(case, 0.6, seed)
        self.assertEqual(check(case, solution), [])
        self.assertEqual(left_for_ordinary(case, solution), [])
        self.assertEqual(
            sum(len(route.orders) for route in solution.routes)
            + len(solution.unserved),
            90,
        )
        self.assertEqual(problem_from_json(problem_to_json(case)), case)
        self.assertEqual(solution_from_json(solution_to_json(solution)), solution)

    def test_recorded_iterations_make_the_same_plan(self):
        orders = [
            Order(f"o{n}", "A", "C", 500 * n, 2 * n, priority=n % 2) for n in range(9)
        ]
        case = problem(orders, [Vehicle(f"v{n}", start="A", **TRUCK) for n in range(2)])
        plan = PyVrpSolver().solve(case, 1, seed=3)
        again = PyVrpSolver(trace=plan.trace).solve(case, 0.001, seed=3)
        self.assertEqual(again.routes, plan.routes)
        self.assertEqual(again.unserved, plan.unserved)

    def test_chains_of_searches_make_the_same_plan_again(self):
        """Plans of middle size: several short searches, repeated one by one."""
        dice = Random(5)
        names = [f"p{n}" for n in range(36)]
        places = {name: (dice.uniform(0, 90), dice.uniform(0, 90)) for name in names}
        road = {
            (one, other): dist(places[one], places[other])
            for one in names
            for other in names
            if one != other
        }
        orders = [
            Order(f"o{n}", "p0", name, dice.uniform(50, 900), dice.uniform(0.1, 6))
            for n, name in enumerate(names[1:])
        ]
        fleet = [
            Vehicle(f"v{n}", kg, m3, "p0", "p0", fixed, price)
            for n, (kg, m3, fixed, price) in enumerate(
                [(1200, 9, 45, 0.55)] * 5 + [(5000, 32, 95, 0.85)] * 4
            )
        ]
        case = problem(orders, fleet, road)
        # Ended after so many iterations, however busy the machine is.
        asked = count()
        plan = PyVrpSolver().solve(case, 60, seed=3, stopped=lambda: next(asked) > 1000)
        self.assertEqual(check(case, plan), [])
        self.assertGreater(len(plan.trace), 2, "one search is no chain")
        again = PyVrpSolver(trace=plan.trace).solve(case, 0.001, seed=3)
        self.assertEqual(again.routes, plan.routes)

    def test_priority_is_strict(self):
        """One place on the truck: the better rank rides, however many wait."""
        orders = [
            Order(f"o{n}", "A", "C", 6000, 20, deliver=(0, 5), priority=5)
            for n in range(4)
        ]
        orders.append(Order("first", "A", "C", 12000, 60, deliver=(0, 5), priority=1))
        solution = PyVrpSolver().solve(
            problem(orders, [Vehicle("v", start="A", **TRUCK)]), 0.5
        )
        self.assertEqual([r.orders for r in solution.routes], [("first",)])
        self.assertEqual(set(solution.unserved.values()), {"no_vehicle"})

    def test_same_seed_same_plan(self):
        orders = [Order(f"o{n}", "A", "C", 900 * n, 4 * n) for n in range(1, 9)]
        case = problem(orders, [Vehicle(f"v{n}", start="A", **TRUCK) for n in range(4)])
        plans = [PyVrpSolver().solve(case, 5, seed=7) for _again in range(2)]
        self.assertEqual(plans[0], plans[1])


class TestHoursAndPrices(TestCase):
    """Outlets that are not always open, and lanes that cost each class its own."""

    def plan(self, *orders, **values):
        vehicles = values.pop("vehicles", [Vehicle("v", start="A", **TRUCK)])
        case = problem(orders, vehicles, **values)
        solution = PyVrpSolver().solve(case, 0.3)
        self.assertEqual(check(case, solution), [])
        return solution

    def test_work_waits_until_the_outlet_opens(self):
        hours = {"C": ((0.0, 3.0), (5.0, 9.0))}
        order = Order("o", "A", "C", 100, 1)
        (route,) = self.plan(order, open_h=hours).routes
        # Two hundred kilometres take 3 h 20 min: after the morning, before lunch ends.
        self.assertEqual(route.stops[-1].handled, (("delivery", "o", 5.0),))

    def test_closed_outlet_is_a_reason(self):
        order = Order("o", "A", "C", 100, 1)
        for hours in ((), ((0.0, 3.0),)):
            solution = self.plan(order, open_h={"C": hours})
            self.assertEqual(solution.unserved, {"o": "time_window"})

    def test_window_and_opening_hours_must_meet(self):
        order = Order("o", "A", "B", 100, 1, deliver=(3.0, 4.0))
        hours = {"B": ((0.0, 2.5), (4.0, 6.0))}
        (route,) = self.plan(order, open_h=hours).routes
        self.assertEqual(route.stops[-1].handled[0][2], 4.0)
        closed = {"B": ((0.0, 2.5), (4.5, 6.0))}
        self.assertTrue(self.plan(order, open_h=closed).unserved)

    def test_every_search_uses_the_second_opening(self):
        """Of many deliveries some go before lunch and some after, none at noon."""
        orders = [Order(f"o{n:02}", "A", "B", 1000, 2) for n in range(60)]
        hours = {"B": ((1.0, 2.0), (6.0, 7.0))}
        case = problem(
            orders,
            [Vehicle("v", start="A", end="A", **TRUCK | {"kg": 30000}, trips=2)],
            open_h=hours,
        )
        for variant in (0, 1):
            solution = PyVrpSolver(variant).solve(case, 0.5)
            self.assertEqual(check(case, solution), [])
            self.assertEqual(len(solution.unserved), 0)

    def test_plan_takes_the_class_that_is_cheap_on_the_lane(self):
        cheap = Vehicle("cheap", start="A", **TRUCK, tariff="x")
        plain = Vehicle("plain", start="A", **TRUCK)
        order = Order("o", "A", "C", 100, 1)
        for money, best in ((900.0, "cheap"), (1100.0, "plain")):
            prices = {("x", "A", "C"): money}
            (route,) = self.plan(
                order, vehicles=[plain, cheap], lane_cost=prices
            ).routes
            self.assertEqual(route.vehicle, best)
            self.assertEqual(route.cost, 500 + min(money, 1000.0))

    def test_toll_makes_the_detour_cheaper(self):
        truck = Vehicle("v", start="A", **TRUCK, tariff="x")
        orders = [Order("b", "A", "B", 100, 1), Order("c", "A", "C", 100, 1)]
        prices = {("x", "A", "C"): 5000.0, ("x", "C", "B"): 1.0, ("x", "B", "C"): 2.0}
        (route,) = self.plan(*orders, vehicles=[truck], lane_cost=prices).routes
        self.assertEqual([stop.outlet for stop in route.stops], ["A", "B", "C"])
        self.assertEqual(route.cost, 500 + 500 + 2)

    def test_checker_knows_hours_and_prices(self):
        order = Order("o", "A", "B", 100, 1)
        plain = problem([order], [Vehicle("v", start="A", **TRUCK, tariff="x")])
        solution = PyVrpSolver().solve(plain, 0.2)
        closed = problem([order], plain.vehicles, open_h={"B": ((5.0, 6.0),)})
        self.assertIn("outside working hours", check(closed, solution)[0])
        dear = problem([order], plain.vehicles, lane_cost={("x", "A", "B"): 7.0})
        self.assertIn("cost 1000.0 declared", check(dear, solution)[0])

    def test_hours_of_the_customer_and_of_the_outlet_both_count(self):
        hours = {"C": ((0.0, 5.0), (6.0, 9.0))}
        order = Order("o", "A", "C", 100, 1, deliver_open=((4.0, 4.5), (5.5, 8.0)))
        (route,) = self.plan(order, open_h=hours).routes
        self.assertEqual(route.stops[-1].handled, (("delivery", "o", 4.0),))
        late = replace(order, pickup=(3.0, 4.0))
        (route,) = self.plan(late, open_h=hours).routes
        # Six hours and twenty minutes: both have opened again.
        self.assertAlmostEqual(route.stops[-1].handled[0][2], 3 + 200 / 60)
        for own in ((), ((5.0, 6.0),), ((0.0, 3.0),)):
            closed = replace(order, deliver_open=own)
            solution = self.plan(closed, open_h=hours)
            self.assertEqual(solution.unserved, {"o": "time_window"})
        loading = Order("o", "B", "C", 100, 1, pickup_open=((2.5, 3.0),))
        (route,) = self.plan(loading).routes
        self.assertEqual(route.stops[1].handled, (("pickup", "o", 2.5),))

    def test_checker_knows_the_hours_of_customers(self):
        order = Order("o", "A", "B", 100, 1)
        case = problem([order], [Vehicle("v", start="A", **TRUCK)])
        solution = PyVrpSolver().solve(case, 0.2)
        closed = replace(order, deliver_open=((5.0, 6.0),))
        faults = check(replace(case, orders=(closed,)), solution)
        self.assertIn("outside the customer's hours", faults[0])
        plain = Stop("B", 100 / 60, 5.5, 100, deliveries=("o",))
        (route,) = solution.routes
        waits = replace(route, stops=(route.stops[0], plain))
        case = replace(case, orders=(closed,), open_h={"B": ((0.0, 2.0), (5.5, 6.0))})
        self.assertEqual(check(case, Solution((waits,), {})), [])

    @given(
        *[
            st.lists(st.floats(0, 24), unique=True, min_size=2, max_size=6).map(
                lambda ends: tuple(
                    (first, last)
                    for first, last in zip(
                        sorted(ends)[::2], sorted(ends)[1::2], strict=False
                    )
                )
            )
        ]
        * 2,
        st.floats(0, 24),
    )
    def test_common_hours_are_those_of_both(self, one, other, moment):
        both = common_hours(one, other)
        self.assertEqual(both, common_hours(other, one))
        ends = [hour for opening in both for hour in opening]
        self.assertEqual(ends, sorted(ends))

        def inside(hours):
            return any(first < moment < last for first, last in hours)

        self.assertEqual(inside(both), inside(one) and inside(other))

    def test_bad_hours_and_prices(self):
        wrong = Order("o", "A", "B", 1, 1, deliver_open=((5.0, 4.0),))
        with self.assertRaisesRegex(ValueError, "Order o: its hours are not in order"):
            problem([wrong], [])
        with self.assertRaisesRegex(ValueError, "Outlet B: its hours are not in order"):
            problem([], [], open_h={"B": ((5.0, 4.0),)})
        with self.assertRaisesRegex(ValueError, "less than nothing"):
            problem([], [], lane_cost={("x", "A", "B"): -1.0})


class TestChecker(TestCase):
    """The checker finds what a wrong plan breaks, each rule on its own."""

    def setUp(self):
        super().setUp()
        self.order = Order("o", "A", "C", 6000, 30)
        self.vehicle = Vehicle("v", start="A", **TRUCK)

    def faults(self, stops, order=None, vehicle=None, km=200, cost=1500, **values):
        case = problem([order or self.order], [vehicle or self.vehicle], **values)
        route = Route("v", tuple(stops), km, cost)
        return "; ".join(check(case, Solution((route,), {})))

    def good(self, **values):
        first = {"kg": 6000, "m3": 30, "pickups": ("o",), **values}
        return [
            Stop("A", 0, 0, 0, **first),
            Stop("C", 200 / 60, 200 / 60, 200, deliveries=("o",)),
        ]

    def test_good_plan(self):
        self.assertEqual(self.faults(self.good()), "")

    def test_too_heavy(self):
        order = Order("o", "A", "C", 13000, 30)
        self.assertIn("too heavy", self.faults(self.good(kg=13000), order))

    def test_too_large(self):
        order = Order("o", "A", "C", 6000, 61)
        self.assertIn("too large", self.faults(self.good(m3=61), order))

    def test_wrong_load_declared(self):
        self.assertIn("declared load", self.faults(self.good(kg=1)))

    def test_delivery_before_pickup(self):
        stops = [
            Stop("A", 0, 0, 0),
            Stop("C", 4, 4, 200, deliveries=("o",), pickups=()),
            Stop("A", 8, 8, 200, pickups=("o",), kg=6000, m3=30),
        ]
        text = self.faults(stops, km=400, cost=2500)
        self.assertIn("without a pickup", text)
        self.assertIn("never delivered", text)

    def test_class(self):
        order = Order("o", "A", "C", 6000, 30, cargo_class="cold")
        vehicle = Vehicle("v", start="A", classes=frozenset(["dry"]), **TRUCK)
        self.assertIn("may not ride", self.faults(self.good(), order, vehicle))

    def test_late(self):
        order = Order("o", "A", "C", 6000, 30, deliver=(0, 2))
        self.assertIn("too late to deliver", self.faults(self.good(), order))

    def test_impossible_speed(self):
        stops = self.good()
        stops[1] = Stop("C", 1, 1, 200, deliveries=("o",))
        self.assertIn("earlier than the drive", self.faults(stops))

    def test_leaves_before_the_window_opens(self):
        order = Order("o", "A", "C", 6000, 30, pickup=(2, 3))
        self.assertIn("before the work is done", self.faults(self.good(), order))

    def test_no_lane(self):
        self.assertIn("no lane", self.faults(self.good(), distance={}))

    def test_horizon(self):
        self.assertIn("horizon", self.faults(self.good(), horizon_h=3))

    def test_wrong_totals(self):
        text = self.faults(self.good(), km=1, cost=1)
        self.assertIn("km declared", text)
        self.assertIn("cost 1 declared", text)

    def test_wrong_start_and_end(self):
        vehicle = Vehicle("v", start="B", **TRUCK)
        self.assertIn("does not begin", self.faults(self.good(), vehicle=vehicle))
        vehicle = Vehicle("v", start="A", end="A", **TRUCK)
        self.assertIn("does not end", self.faults(self.good(), vehicle=vehicle))

    def test_forgotten_and_double(self):
        case = problem([self.order], [self.vehicle])
        self.assertIn("o: forgotten", check(case, Solution((), {})))
        route = Route("v", tuple(self.good()), 200, 1500)
        faults = check(case, Solution((route, route), {"o": "capacity"}))
        self.assertIn("o: planned twice", faults)
        self.assertIn("v: more than one route", faults)
        self.assertIn("o: planned and left out", faults)


class TestProblem(TestCase):
    def test_bad_input(self):
        vehicle = Vehicle("v", start="A", **TRUCK)
        for orders, text in (
            ([Order("o", "A", "B", -1, 0)], "negative"),
            ([Order("o", "A", "B", 1, 1, pickup=(2, 1))], "ends before"),
            ([Order("o", "A", "B", 1, 1)] * 2, "id of its own"),
        ):
            with self.assertRaisesRegex(ValueError, text):
                problem(orders, [vehicle])
        with self.assertRaisesRegex(ValueError, "positive"):
            problem([], [vehicle], speed_kmh=0)

    def test_load_rate_is_the_larger_share_of_the_fullest_leg(self):
        self.assertAlmostEqual(load_rate([(6000, 30), (4000, 59)], 12000, 60), 59 / 60)
        self.assertEqual(load_rate([], 12000, 60), 0)
        self.assertEqual(load_rate([(5, 5)], 0, 0), 0)
        route = Route("v", (Stop("A", 0, 0, 0, kg=6000, m3=12),), 0, 0)
        self.assertEqual(route_load_rate(route, Vehicle("v", start="A", **TRUCK)), 0.5)

    def test_lane_hours_win_over_the_speed(self):
        case = problem([], [], drive_h={("A", "B"): 3.0})
        self.assertEqual(case.hours("A", "B"), 3.0)
        self.assertAlmostEqual(case.hours("B", "C"), 100 / 60)
        self.assertIsNone(case.hours("A", "D"))
        self.assertEqual(case.hours("D", "D"), 0)
