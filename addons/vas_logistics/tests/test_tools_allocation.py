"""Cost shares: reference numbers and properties."""

from decimal import Decimal
from itertools import combinations
from unittest import TestCase

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..tools.allocation import allocate, proportional, round_shares, shapley

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
