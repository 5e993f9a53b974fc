"""A plan that had no time is still a plan, and says the truth about what it left."""

from dataclasses import replace
from itertools import count
from math import dist
from random import Random
from unittest import TestCase
from unittest.mock import patch

from ..tools import insertion, pyvrp_solver
from ..tools.checker import check
from ..tools.feasibility import reason_alone
from ..tools.insertion import Insertion, InsertionSolver
from ..tools.problem import Order, Problem, Vehicle
from ..tools.pyvrp_solver import PyVrpSolver


def day(orders=300, vehicles=40, seed=4):
    """A day of orders between thirty places, two priorities, lunch and windows."""
    dice = Random(seed)
    names = [f"p{n}" for n in range(30)]
    places = {name: (dice.uniform(0, 90), dice.uniform(0, 90)) for name in names}
    road = {
        (one, other): dist(places[one], places[other]) + 1
        for one in names
        for other in names
        if one != other
    }
    return Problem(
        orders=tuple(
            Order(
                f"o{n}",
                *dice.sample(names, 2),
                kg=dice.randint(40, 700),
                m3=dice.randint(2, 30) / 10,
                priority=dice.choice([1, 9]),
                deliver=dice.choice([None, None, (0.0, dice.uniform(8, 20))]),
            )
            for n in range(orders)
        ),
        vehicles=tuple(
            Vehicle(f"v{n}", 12000, 60, names[n % 6], None, 500, 5)
            for n in range(vehicles)
        ),
        distance_km=road,
        speed_kmh=60,
        horizon_h=24,
        open_h={names[0]: ((6.0, 12.0), (13.0, 20.0))},
    )


def one_way(orders):
    """One vehicle, time for one trip of an hour, and loads that fill it."""
    return Problem(
        orders=tuple(Order(f"o{n}", "p0", "p1", 9000, 1) for n in range(orders)),
        vehicles=(Vehicle("v", 12000, 60, "p0"),),
        distance_km={("p0", "p1"): 60.0, ("p1", "p0"): 60.0},
        speed_kmh=60,
        horizon_h=1.5,
    )


def could_go(case, solution):
    """Orders that a vehicle without a trip could take as they are."""
    used = {route.vehicle for route in solution.routes}
    free = tuple(v for v in case.vehicles if v.id not in used)
    spare = replace(case, vehicles=free)
    left = [order for order in case.orders if order.id in solution.unserved]
    return [order.id for order in left if not reason_alone(spare, order)]


class TestShortOfTime(TestCase):
    def test_search_without_any_time_uses_the_free_vehicles(self):
        """The machine is so slow that the search ends before it began."""
        case = day()
        with (
            patch.object(pyvrp_solver.PyVrpSolver, "_search", return_value=None),
            patch.object(pyvrp_solver, "COMPLETE_S", 0.0),
        ):
            solution = PyVrpSolver().solve(case, 0.001)
        self.assertEqual(check(case, solution), [])
        self.assertEqual(solution.unserved, {})
        self.assertLess(len(solution.routes), len(case.vehicles))

    def test_insertion_without_time_too(self):
        case = day()
        solution = InsertionSolver().solve(case, 0.0)
        self.assertEqual(check(case, solution), [])
        self.assertEqual(solution.unserved, {})

    def test_few_vehicles_are_filled_and_the_better_priority_goes_first(self):
        case = day(vehicles=4)
        with (
            patch.object(pyvrp_solver.PyVrpSolver, "_search", return_value=None),
            patch.object(pyvrp_solver, "COMPLETE_S", 0.0),
        ):
            solution = PyVrpSolver().solve(case, 0.001)
        self.assertEqual(check(case, solution), [])
        self.assertEqual(len(solution.routes), 4)
        self.assertEqual(could_go(case, solution), [])
        # Nobody looked at every place for them, and that is what is said.
        self.assertEqual(set(solution.unserved.values()), {"no_time"})
        left = {
            order.priority for order in case.orders if order.id in solution.unserved
        }
        served = [o for o in case.orders if o.id not in solution.unserved]
        self.assertIn(9, left)
        self.assertGreater(sum(o.priority == 1 for o in served), len(served) / 2)

    def test_with_time_the_reason_is_the_vehicles(self):
        case = one_way(3)
        solution = PyVrpSolver().solve(case, 0.2)
        self.assertEqual(set(solution.unserved.values()), {"no_vehicle"})

    def test_not_even_time_to_fill_says_so(self):
        case = day(40, 10)
        ticks = count()
        with (
            patch.object(pyvrp_solver.PyVrpSolver, "_search", return_value=None),
            patch.object(pyvrp_solver, "COMPLETE_S", 0.0),
        ):
            # A second passes between two looks at the clock.
            solution = PyVrpSolver(clock=lambda: float(next(ticks))).solve(case, 0.001)
        self.assertEqual(check(case, solution), [])
        self.assertTrue(solution.routes)
        self.assertEqual(set(solution.unserved.values()), {"no_time"})

    def test_what_was_tried_everywhere_is_not_called_untried(self):
        case = one_way(2)
        first, other = case.orders
        work = Insertion(case)
        self.assertTrue(work.place(first))
        self.assertFalse(work.place(other))
        stays = work.place_before_ordinary([other], lambda: True)
        self.assertEqual(work.reasons(stays), {other.id: "no_vehicle"})

    def test_plan_that_had_no_time_is_made_again(self):
        """However fast the machine is then: the trace says when time was over."""
        case = day(120, 4)
        with patch.object(pyvrp_solver.PyVrpSolver, "_search", return_value=None):
            with patch.object(pyvrp_solver, "COMPLETE_S", 0.0):
                first = PyVrpSolver().solve(case, 0.001)
            self.assertIn("no_time", first.unserved.values())
            again = PyVrpSolver(trace=first.trace).solve(case, 0.001)
        self.assertEqual(again.routes, first.routes)
        self.assertEqual(again.unserved, first.unserved)

    def test_limits_are_kept(self):
        self.assertLessEqual(pyvrp_solver.COMPLETE_S + insertion.QUICK_S, 20)
