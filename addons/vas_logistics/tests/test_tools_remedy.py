"""Remedies of orders that a plan leaves behind: what they promise is true."""

from dataclasses import replace
from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from ..tools.explain import empty_way_back
from ..tools.feasibility import reason_alone, separate_cost
from ..tools.problem import Order, Problem, Vehicle
from ..tools.remedy import cheapest_vehicle, wider_windows
from ..tools.routes import Task, build_route

hours = st.floats(0, 12)
window = st.none() | st.tuples(hours, hours).map(lambda ends: tuple(sorted(ends)))


@st.composite
def cases(draw):
    trucks = [
        Vehicle(
            f"v{n}",
            *(draw(st.integers(1, 9)) * 1000.0, 50.0),
            start=draw(st.sampled_from("AB")),
            end=draw(st.sampled_from(["A", None])),
            fixed_cost=draw(st.integers(0, 5)) * 100.0,
            cost_per_km=5.0,
            shift=draw(st.none() | st.just((2.0, 10.0))),
            max_hours=draw(st.none() | st.floats(1, 8)),
        )
        for n in range(draw(st.integers(1, 4)))
    ]
    order = Order("o", "B", "C", 2500.0, 3.0, pickup=draw(window), deliver=draw(window))
    road = {
        way: km
        for one, other, km in (("A", "B", 60.0), ("B", "C", 90.0), ("A", "C", 150.0))
        for way in ((one, other), (other, one))
    }
    return Problem((order,), tuple(trucks), road, speed_kmh=60, horizon_h=12), order


class TestRemedy(TestCase):
    @given(cases())
    @settings(max_examples=150, deadline=None)
    def test_wider_windows_are_enough_and_never_earlier(self, case):
        problem, order = case
        wider = wider_windows(problem, order)
        if reason_alone(problem, order) is None:
            self.assertEqual(wider.pickup, order.pickup)
            self.assertEqual(wider.deliver, order.deliver)
            self.assertEqual(wider.hours, 0.0)
        if wider is None:
            free = replace(order, pickup=None, deliver=None)
            opens = [w for w in (order.pickup, order.deliver) if w]
            # Nothing to move, or moving does not help.
            self.assertTrue(not opens or reason_alone(problem, order))
            if not opens:
                self.assertTrue(reason_alone(problem, free))
            return
        moved = replace(order, pickup=wider.pickup, deliver=wider.deliver)
        self.assertIsNone(reason_alone(problem, moved))
        self.assertGreaterEqual(wider.hours, 0.0)
        for new, old in ((wider.pickup, order.pickup), (wider.deliver, order.deliver)):
            if old:
                self.assertEqual(new[0], old[0])
                self.assertGreaterEqual(new[1], old[1])

    @given(cases())
    @settings(max_examples=100, deadline=None)
    def test_cheapest_vehicle_costs_what_separate_delivery_costs(self, case):
        problem, order = case
        found = cheapest_vehicle(problem, order)
        self.assertEqual(found and found[1], separate_cost(problem, order))

    def test_twenty_minutes(self):
        truck = Vehicle("v", 9000.0, 50.0, "B", cost_per_km=5.0)
        order = Order("o", "B", "C", 1.0, 1.0, deliver=(0.0, 3.0))
        road = {("B", "C"): 200.0}
        wider = wider_windows(Problem((order,), (truck,), road, 60, 24), order)
        self.assertAlmostEqual(wider.hours, 1 / 3)
        self.assertAlmostEqual(wider.deliver[1], 10 / 3)
        self.assertEqual(wider.cost, 1000.0)


class TestEmptyWayBack(TestCase):
    """RSI-03: a vehicle that comes back empty is marked."""

    def km(self, tasks, end="A"):
        truck = Vehicle("v", 9000.0, 50.0, "A", end)
        road = {(one, other): 10.0 for one in "ABC" for other in "ABC" if one != other}
        problem = Problem((), (truck,), road, 60, 24)
        return empty_way_back(build_route(problem, truck, tasks))

    def test_out_and_back(self):
        out = Order("out", "A", "B", 1.0, 1.0)
        back = Order("back", "B", "A", 0.0, 0.0)
        first = [Task("pickup", out), Task("delivery", out)]
        last = [Task("pickup", back), Task("delivery", back)]
        self.assertEqual(self.km(first), ("B", 10.0))
        self.assertEqual(self.km(first, end=None), ("", 0.0))
        # Goods without weight are goods.
        self.assertEqual(self.km(first + last), ("", 0.0))
        self.assertEqual(self.km(first + last, end="C"), ("A", 10.0))
        self.assertEqual(self.km([]), ("", 0.0))
