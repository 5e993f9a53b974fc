"""What groups of customers would cost without the others (COD-05)."""

from unittest import TestCase

from ..tools.coalitions import group_costs
from ..tools.problem import Order, Problem, Vehicle
from ..tools.routes import Task, build_route


class TestCoalitions(TestCase):
    """One vehicle from a depot past A (10 km) to B (15 km, 8 km after A), open end."""

    def setUp(self):
        super().setUp()
        self.vehicle = Vehicle("v", 1000, 10, "D", None, 20, 2)
        self.orders = tuple(
            Order(id=place, shipper=place, origin="D", destination=place, kg=10, m3=1)
            for place in "AB"
        )
        self.problem = Problem(
            self.orders,
            (self.vehicle,),
            {("D", "A"): 10, ("A", "B"): 8, ("D", "B"): 15},
            speed_kmh=50,
            horizon_h=24,
        )
        tasks = [Task("pickup", order) for order in self.orders]
        tasks += [Task("delivery", order) for order in self.orders]
        self.route = build_route(self.problem, self.vehicle, tasks)

    def costs(self, separate):
        players = {"A": 0, "B": 1}
        return group_costs(self.problem, self.vehicle, self.route, players, separate)

    def test_stops_of_absent_customers_are_skipped(self):
        """20 + 10 × 2 for A, 20 + 15 × 2 for B, 20 + 18 × 2 for both."""
        self.assertEqual(self.costs([99, 99]), [0, 40, 50, 56])

    def test_a_cheaper_way_of_its_own_counts(self):
        self.assertEqual(self.costs([12, 99]), [0, 12, 50, 56])
