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


amounts = st.integers(0, 10**8).map(lambda n: n / 100)
percents = st.integers(0, 10000).map(lambda n: n / 100)
rules = st.lists(
    st.builds(
        lambda number, kind, way, size, capped: tool.Rule(
            f"rule{number}",
            kind,
            capped=capped,
            **{way: size},
        ),
        st.integers(0, 99),
        st.sampled_from(["bonus", "penalty"]),
        st.sampled_from(["amount", "percent", "share"]),
        percents,
        st.booleans(),
    ),
    max_size=8,
)


class TestRules(unittest.TestCase):
    def test_percent_off_target(self):
        for score, percent in ((83.6, 3.2), (90, 0), (97.5, 0), (60, 10)):
            self.assertEqual(
                tool.percent_off_target(score, 90, 0.5, 10, above=False), percent
            )
        for score, percent in ((97.5, 3), (90, 0), (60, 0), (110, 5)):
            self.assertEqual(
                tool.percent_off_target(score, 90, 0.4, 5, above=True), percent
            )
        self.assertEqual(tool.percent_off_target(0, 90, 0.5, None, above=False), 45)

    def test_p7(self):
        limits = tool.Limits(at_risk_percent=12)
        for shares, expected in (
            ((30,), -9000),
            ((30, 25), -16500),
            ((80, 60), -30000),
        ):
            effects = tool.apply_rules(
                250000,
                [tool.Rule(f"r{s}", "penalty", share=s) for s in shares],
                limits,
            )
            self.assertEqual(tool.add_up([e.amount for e in effects]), expected)

    def test_a_small_ratio_is_not_rounded_on_the_way(self):
        # ERPNext's D11: 0.004 becomes 0.00 when put into the text of a formula.
        rule = tool.Rule("r", "penalty", percent=0.004)
        effects = tool.apply_rules(1000000, [rule], tool.Limits())
        self.assertEqual(effects[0].amount, -40)

    def test_earned_back_without_what_the_cap_gave_back(self):
        self.assertEqual(tool.earned_back(9000, 9000, 0, 100), 9000)
        self.assertEqual(tool.earned_back(24000, 42000, 12000, 100), 17142.86)
        self.assertEqual(tool.earned_back(9000, 9000, 0, 50), 4500)

    def test_unusable(self):
        limits = tool.Limits(minimum=5, maximum=4)
        for call in (
            lambda: tool.apply_limits(1, limits),
            lambda: tool.apply_rules(1, [tool.Rule("r", "gift", amount=1)], limits),
            lambda: tool.apply_rules(1, [tool.Rule("r", "bonus", amount=-1)], limits),
        ):
            with self.assertRaises(tool.SettlementError):
                call()

    @given(amounts, rules, percents)
    def test_the_cap_is_never_exceeded(self, fee, found, percent):
        effects = tool.apply_rules(fee, found, tool.Limits(at_risk_percent=percent))
        capped = {rule.key for rule in found if rule.capped}
        free = {rule.key for rule in found if not rule.capped}
        taken = tool.add_up(
            [
                e.amount
                for e in effects
                if e.kind == "cap"
                or (e.kind == "penalty" and e.key in capped and e.key not in free)
            ]
        )
        if not capped & free:
            self.assertGreaterEqual(taken, -tool.share_of(fee, percent))

    @given(amounts, rules, percents, st.randoms())
    def test_the_order_of_rules_is_irrelevant(self, fee, found, percent, random):
        limits = tool.Limits(at_risk_percent=percent)
        shuffled = random.sample(found, len(found))
        one = tool.apply_rules(fee, found, limits)
        other = tool.apply_rules(fee, shuffled, limits)
        self.assertEqual(sorted(one), sorted(other))

    @given(amounts, rules, percents)
    def test_every_effect_is_whole_cents(self, fee, found, percent):
        limits = tool.Limits(at_risk_percent=percent)
        for effect in tool.apply_rules(fee, found, limits):
            self.assertEqual(effect.amount, tool.round_amount(effect.amount))

    @given(amounts, amounts, amounts)
    def test_limits_hold(self, total, one, other):
        limits = tool.Limits(minimum=min(one, other), maximum=max(one, other))
        effects = tool.apply_limits(total, limits)
        result = tool.add_up([total, *(e.amount for e in effects)])
        self.assertLessEqual(limits.minimum, result)
        self.assertLessEqual(result, limits.maximum)

    @given(
        st.lists(
            st.dictionaries(
                st.sampled_from("abcd"),
                st.integers(-(10**6), 10**6).map(lambda n: n / 100),
            ),
            min_size=2,
            max_size=6,
        )
    )
    def test_deltas_of_deltas_add_up_to_the_corrected_amount(self, versions):
        settled = dict(versions[0])
        for corrected in versions[1:]:
            for key, delta in tool.deltas(settled, corrected).items():
                settled[key] = tool.add_up([settled.get(key, 0.0), delta])
            for key in {*settled, *corrected}:
                self.assertEqual(settled.get(key, 0.0), corrected.get(key, 0.0))
            self.assertEqual(tool.deltas(settled, corrected), {})
