"""Cost shares: reference numbers and properties."""

from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from unittest import TestCase

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..tools.allocation import (
    allocate,
    cap_at_alone,
    equal_profit,
    proportional,
    round_shares,
    shapley,
    share_trip,
)
from ..tools.simplex import Infeasible, minimise

amounts = st.integers(0, 100_000_000).map(lambda cents: Decimal(cents) / 100)

# A busy machine is no reason to fail.
RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


class TestAllocation(TestCase):
    def test_reference_case_a(self):
        alone = [
            {"id": "A", "stand_alone": 100},
            {"id": "B", "stand_alone": 120},
            {"id": "C", "stand_alone": 160},
        ]
        self.assertEqual(
            allocate("stand_alone", 240, alone), {"A": 63.16, "B": 75.79, "C": 101.05}
        )
        coalitions = {
            "A": 100,
            "B": 120,
            "C": 160,
            "AB": 150,
            "AC": 190,
            "BC": 200,
            "ABC": 240,
        }
        shares = shapley(240, {frozenset(k): v for k, v in coalitions.items()})
        self.assertEqual(shares, {"A": 56.67, "B": 71.67, "C": 111.66})

    def test_reference_case_d(self):
        """Trip 96.00: tonne-kilometres 8,000 : 12,500 : 12,000."""
        customers = [
            {"id": "1", "kg": 800, "km": 10},
            {"id": "2", "kg": 500, "km": 25},
            {"id": "3", "kg": 300, "km": 40},
        ]
        self.assertEqual(
            allocate("tonne_km", 96, customers), {"1": 23.63, "2": 36.92, "3": 35.45}
        )

    def test_smallest_units_of_other_currencies(self):
        thirds = {key: Fraction(100, 3) for key in "ABC"}
        self.assertEqual(round_shares(thirds, 100, 1), {"A": 34, "B": 33, "C": 33})
        self.assertEqual(
            round_shares(thirds, 100, 0.001), {"A": 33.334, "B": 33.333, "C": 33.333}
        )
        self.assertEqual(
            round_shares(thirds, 100, 0.05), {"A": 33.35, "B": 33.35, "C": 33.3}
        )
        with self.assertRaisesRegex(ValueError, "must be positive"):
            round_shares(thirds, 100, 0)
        customers = [
            {"id": key, "kg": 1, "km": 1, "stand_alone": 33.4} for key in "ABC"
        ]
        shared = share_trip("tonne_km", 100, customers, rounding=1)
        self.assertEqual(sum(shared.amounts.values()), 100)
        self.assertEqual(shared.note, "above_alone", "34 yen are more than 33.40")

    @RELAXED
    @given(
        st.lists(st.integers(0, 10**6), min_size=1, max_size=6),
        st.sampled_from([1, Decimal("0.05"), Decimal("0.01"), Decimal("0.001")]),
    )
    def test_shares_add_up_in_any_currency(self, keys, rounding):
        cost = Decimal(12345) * rounding
        keyed = {str(number): key for number, key in enumerate(keys)}
        shares = proportional(cost, keyed, rounding)
        total = sum(Decimal(str(share)) for share in shares.values())
        self.assertEqual(round(total / rounding), 12345)
        for share in shares.values():
            units = Decimal(str(share)) / rounding
            self.assertEqual(units, round(units))

    def game(self, **costs):
        return {frozenset(group): cost for group, cost in costs.items()}

    def test_reference_cases_of_the_equal_profit_method(self):
        a = self.game(A=100, B=120, C=160, AB=150, AC=190, BC=200, ABC=240)
        self.assertEqual(
            equal_profit(240, a), ({"A": 63.16, "B": 75.79, "C": 101.05}, "")
        )
        b = self.game(A=300, B=100, C=100, AB=390, AC=390, BC=105, ABC=400)
        self.assertEqual(equal_profit(400, b), ({"A": 295.0, "B": 52.5, "C": 52.5}, ""))
        self.assertEqual(shapley(400, b), {"A": 295.0, "B": 52.5, "C": 52.5})

    def test_who_costs_nothing_alone_pays_nothing(self):
        free = self.game(A=0, B=80, C=60, AB=80, AC=60, BC=100, ABC=100)
        self.assertEqual(
            equal_profit(100, free), ({"A": 0.0, "B": 57.14, "C": 42.86}, "")
        )
        nothing = self.game(A=0, B=0, AB=0)
        self.assertEqual(equal_profit(0, nothing), ({"A": 0.0, "B": 0.0}, ""))
        dear = self.game(A=0, B=0, AB=10)
        self.assertEqual(equal_profit(10, dear)[1], "core_empty")

    def test_empty_core_is_said(self):
        c = self.game(A=100, B=100, C=100, AB=120, AC=120, BC=120, ABC=200)
        self.assertEqual(
            equal_profit(200, c),
            ({"A": 66.67, "B": 66.67, "C": 66.66}, "core_empty"),
        )

    def test_reference_case_d_by_capacity(self):
        customers = [
            {"id": "1", "capacity": Fraction(2, 3), "km": 10},
            {"id": "2", "capacity": Fraction(2, 3), "km": 25},
            {"id": "3", "capacity": 0.25, "km": 40},
        ]
        self.assertEqual(
            allocate("capacity_km", 96, customers), {"1": 19.2, "2": 48.0, "3": 28.8}
        )

    def test_nobody_pays_more_than_alone(self):
        shares = {"A": Fraction(80), "B": Fraction(10), "C": Fraction(10)}
        capped = cap_at_alone(shares, {"A": 50, "B": 30, "C": 50})
        self.assertEqual(sum(capped.values()), 100)
        # The excess of 30 goes 20 : 40, as what the two still save.
        self.assertEqual(capped, {"A": 50, "B": 20, "C": 30})
        customers = [
            {"id": "A", "kg": 8, "km": 1, "stand_alone": 50},
            {"id": "B", "kg": 1, "km": 1, "stand_alone": 30},
            {"id": "C", "kg": 1, "km": 1, "stand_alone": 50},
        ]
        shared = share_trip("tonne_km", 100, customers)
        self.assertEqual(shared.amounts, {"A": 50.0, "B": 20.0, "C": 30.0})
        self.assertEqual(shared.note, "capped")
        shared = share_trip("tonne_km", 140, customers)
        self.assertEqual(shared.note, "above_alone")

    def test_too_many_for_a_game(self):
        customers = [
            {"id": f"{n:02}", "capacity": 1, "km": 1, "stand_alone": 9}
            for n in range(15)
        ]
        shared = share_trip("shapley", 15, customers)
        self.assertEqual(shared.note, "too_many")
        self.assertEqual(set(shared.amounts.values()), {1.0})

    @RELAXED
    @given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=6), amounts)
    def test_capped_shares_add_up_and_stay_below(self, pairs, extra):
        """Whatever the key says, where together costs no more than all alone."""
        customers = [
            {"id": f"c{n}", "kg": kg, "km": 1, "stand_alone": alone}
            for n, (kg, alone) in enumerate(pairs)
        ]
        total = sum(alone for _kg, alone in pairs)
        cost = min(total, extra)
        amounts_ = share_trip("tonne_km", cost, customers).amounts
        self.assertEqual(round(sum(amounts_.values()) * 100), round(cost * 100))
        for customer in customers:
            self.assertLessEqual(
                amounts_[customer["id"]], float(customer["stand_alone"]) + 1e-9
            )

    @RELAXED
    @given(st.lists(st.integers(1, 50), min_size=2, max_size=5), st.integers(1, 40))
    def test_equal_profit_is_in_the_core(self, own, fixed):
        """A common fixed cost and own costs: sharing it suits every group."""
        players = [chr(65 + n) for n in range(len(own))]
        costs = dict(zip(players, own, strict=True))
        game = {
            frozenset(group): fixed + sum(costs[player] for player in group)
            for size in range(1, len(players) + 1)
            for group in combinations(players, size)
        }
        cost = game[frozenset(players)]
        shares, note = equal_profit(cost, game)
        self.assertEqual(note, "")
        self.assertEqual(round(sum(shares.values()) * 100), cost * 100)
        for group, alone in game.items():
            paid = sum(shares[player] for player in group)
            self.assertLessEqual(paid, alone + 0.01 * len(group))

    def test_small_linear_programmes(self):
        best = minimise(
            np.array([-3.0, -5.0]),
            np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 2.0]]),
            np.array([4.0, 12.0, 18.0]),
        )
        self.assertEqual([round(x, 9) for x in best], [2, 6])
        with self.assertRaises(Infeasible):
            minimise(np.array([1.0]), np.array([[1.0], [-1.0]]), np.array([1.0, -2.0]))
        with self.assertRaises(ArithmeticError):
            minimise(np.array([-1.0]), np.array([[-1.0]]), np.array([0.0]))

    @RELAXED
    @given(amounts, st.dictionaries(st.text(min_size=1), amounts, min_size=1))
    def test_shares_add_up_to_the_cent(self, cost, keys):
        shares = proportional(cost, keys)
        self.assertEqual(round(sum(shares.values()) * 100), round(cost * 100))
        self.assertEqual(set(shares), set(keys))

    @RELAXED
    @given(st.lists(amounts, min_size=1, max_size=5))
    def test_shapley_of_an_additive_game_is_what_each_costs_alone(self, costs):
        players = [chr(65 + n) for n in range(len(costs))]
        alone = dict(zip(players, costs, strict=True))
        games = {
            frozenset(group): sum(alone[player] for player in group)
            for size in range(1, len(players) + 1)
            for group in combinations(players, size)
        }
        shares = shapley(sum(costs), games)
        self.assertEqual(shares, {key: float(cost) for key, cost in alone.items()})

    def test_ties_go_by_id(self):
        self.assertEqual(
            proportional(100, {"C": 1, "A": 1, "B": 1}),
            {"C": 33.33, "A": 33.34, "B": 33.33},
        )
        self.assertEqual(proportional(1, {"A": 0, "B": 0}), {"A": 0.5, "B": 0.5})
        self.assertEqual(round_shares({}, 0), {})

    def test_bad_input(self):
        for method, customers, text in (
            ("guess", [{"id": "A"}], "Unknown way"),
            ("tonne_km", [{"id": "A", "kg": 1}], "km is missing"),
            ("stand_alone", [], "no customer"),
            ("stand_alone", [{"id": "A", "stand_alone": -1}], "negative"),
            ("shapley", [], "no customer"),
        ):
            with self.assertRaisesRegex(ValueError, text):
                allocate(method, 10, customers)
        with self.assertRaisesRegex(ValueError, "A, B together"):
            shapley(3, {frozenset("A"): 1, frozenset("B"): 2})
        with self.assertRaisesRegex(ValueError, "cost to share"):
            shapley(3, {frozenset("A"): 1})
