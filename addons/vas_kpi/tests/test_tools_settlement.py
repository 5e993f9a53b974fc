import unittest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.vas_kpi.tools import settlement as tool
from odoo.addons.vas_kpi.tools.settlement import Tier

TIERS = [Tier(100000, 0.85), Tier(None, 0.8)]
quantities = st.integers(0, 10**7).map(float)
prices = st.integers(0, 10**6).map(lambda n: n / 10000)


def total(parts):
    return float(sum(Decimal(repr(part.amount)) for part in parts))


class TestSettlement(unittest.TestCase):
    def test_base_fee(self):
        for quantity, amount in ((120000, 102000), (1, 0.85), (0, 0)):
            self.assertEqual(total(tool.components(quantity, 0.85)), amount)

    def test_tiers_are_graduated(self):
        parts = tool.components(120000, 0, TIERS)
        self.assertEqual([part.amount for part in parts], [85000, 16000])
        self.assertEqual(total(tool.components(100000, 0, TIERS)), 85000)

    def test_factor_is_its_own_component(self):
        parts = tool.components(120000, 0.85, factor=1.05)
        self.assertEqual([p.kind for p in parts], ["base", "factor"])
        self.assertEqual(parts[1].amount, 5100)
        self.assertEqual(total(tool.components(120000, 0.85, factor=0.9)), 91800)

    def test_half_up_like_on_paper(self):
        # Binary floats give 2.67 and 1.0 here.
        self.assertEqual(tool.round_amount(2.675), 2.68)
        self.assertEqual(tool.round_amount(1.005), 1.01)
        self.assertEqual(tool.round_amount(-2.675), -2.68)
        self.assertEqual(tool.round_amount(1.23, 0.05), 1.25)
        self.assertEqual(tool.round_amount(1234.5, 1), 1235)

    def test_unusable_input(self):
        for call in (
            lambda: tool.components(-1, 0.85),
            lambda: tool.components(5, 0, [Tier(3, 1)]),
            lambda: tool.check_tiers([Tier(None, 1), Tier(3, 1)]),
            lambda: tool.check_tiers([Tier(3, 1), Tier(3, 2)]),
            lambda: tool.round_amount(1, 0),
        ):
            with self.assertRaises(tool.SettlementError):
                call()

    @given(quantities, prices, prices, st.integers(1, 10**6))
    def test_tiers_pay_every_unit_once(self, quantity, one, other, limit):
        parts = tool.split_by_tiers(quantity, [Tier(limit, one), Tier(None, other)])
        self.assertEqual(sum(part for part, _price in parts), quantity)

    @given(quantities, prices, st.integers(0, 200).map(lambda n: n / 100))
    def test_components_sum_to_the_rounded_exact_amount(self, quantity, price, factor):
        exact = tool.multiply(quantity, price) * Decimal(repr(factor))
        parts = tool.components(quantity, price, factor=factor)
        self.assertEqual(total(parts), tool.round_amount(exact))

    @given(st.decimals(-(10**6), 10**6, places=4, allow_nan=False))
    def test_rounding_is_symmetric_and_near(self, amount):
        rounded = tool.round_amount(amount)
        self.assertEqual(rounded, -tool.round_amount(-amount))
        self.assertLessEqual(abs(Decimal(repr(rounded)) - amount), Decimal("0.005"))
