from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools import premium

CENTS = st.integers(1, 10**9).map(lambda cents: cents / 100)

#: A busy machine is not a failure of the arithmetic.
CALM = settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)


class TestToolsPremium(BaseCase):
    def test_catalogue_example(self):
        """118 against 100 is 18 % (GRD-05)."""
        self.assertEqual(premium.premium([(118.0, 100.0)]), 0.18)

    def test_boundaries_are_exact(self):
        for price, expected in (
            (115.0, 0.15),
            (120.0, 0.2),
            (110.0, 0.1),
            (105.0, 0.05),
        ):
            self.assertEqual(premium.premium([(price, 100.0)]), expected)

    def test_nothing_to_compare(self):
        self.assertIsNone(premium.premium([]))
        self.assertIsNone(premium.premium([(5.0, 0.0)]))
        self.assertEqual(premium.totals([]), (0.0, 0.0))

    def test_pairs_without_reference_are_left_out(self):
        self.assertEqual(premium.totals([(110.0, 100.0), (7.0, 0.0)]), (100.0, 10.0))

    @CALM
    @given(st.lists(st.tuples(CENTS, CENTS), min_size=1, max_size=30))
    def test_lies_between_the_smallest_and_the_largest(self, pairs):
        single = [premium.premium([pair]) for pair in pairs]
        both = premium.premium(pairs)
        self.assertGreaterEqual(both, min(single) - 1e-9)
        self.assertLessEqual(both, max(single) + 1e-9)

    @CALM
    @given(st.lists(CENTS, min_size=1, max_size=30))
    def test_the_reference_itself_has_no_premium(self, prices):
        self.assertEqual(premium.premium([(price, price) for price in prices]), 0.0)
