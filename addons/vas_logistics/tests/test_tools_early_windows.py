"""Windows that are over before there are goods, and searches that ended at once."""

from unittest import TestCase

from ..tools.checker import check
from ..tools.problem import Order, Problem, Vehicle
from ..tools.pyvrp_solver import PyVrpSolver

ROAD = {("A", "B"): 60.0, ("B", "A"): 60.0, ("B", "C"): 60.0, ("C", "B"): 60.0}


def problem(orders, trips=1, **values):
    truck = {"kg": 12000.0, "m3": 60.0, "fixed_cost": 500.0, "cost_per_km": 5.0}
    truck["trips"] = trips
    return Problem(
        orders=tuple(orders),
        vehicles=tuple(Vehicle(f"v{n}", start="A", **truck) for n in range(3)),
        distance_km=ROAD | {("A", "C"): 120.0, ("C", "A"): 120.0},
        speed_kmh=60,
        horizon_h=24,
        **values,
    )


class TestEarlyWindows(TestCase):
    def assert_all_served(self, case):
        for variant in (0, 1):
            solution = PyVrpSolver(variant).solve(case, 0.2)
            self.assertEqual(check(case, solution), [])
            self.assertEqual(solution.unserved, {})

    def test_goods_that_are_ready_after_the_morning(self):
        """Ready at two, the receiver works before noon and after: the search took the
        morning for a window, and ended with an error."""
        hours = {"B": ((8.0, 12.0), (13.0, 18.0))}
        orders = [
            Order(f"o{n:02}", "A", "B", 100.0, 1.0, pickup=(14.0, 16.0))
            for n in range(40)
        ]
        self.assert_all_served(problem(orders, open_h=hours))

    def test_home_of_the_vehicles_that_is_closed_all_day(self):
        orders = [Order(f"o{n:02}", "B", "C", 100.0, 1.0) for n in range(40)]
        self.assert_all_served(problem(orders, trips=2, open_h={"A": ()}))

    def test_pinned_to_the_second_of_two_vehicles_alike(self):
        """Handed over and taken at one place that opens twice a day: the windows of
        the order were chosen as if its own vehicle could not come."""
        order = Order(
            *("o", "B", "B", 50.0, 1.0),
            pickup_open=((5.0, 6.0),),
            vehicles=frozenset({"v1"}),
        )
        self.assert_all_served(problem([order], open_h={"B": ((0.0, 4.0), (5.0, 6.0))}))

    def test_search_without_time_is_made_again(self):
        """Also a search that was stopped at once leaves a trace that can be read."""
        orders = [
            Order(f"o{n}", *way, 3000.0, 5.0, priority=n % 3)
            for n, way in enumerate(("AB", "BC", "CB", "BA", "AC", "CA") * 4)
        ]
        case = problem(orders)
        first = PyVrpSolver().solve(case, 0.0, seed=3)
        again = PyVrpSolver(trace=first.trace).solve(case, 0.0, seed=3)
        self.assertEqual(again.routes, first.routes)
        self.assertEqual(again.unserved, first.unserved)
