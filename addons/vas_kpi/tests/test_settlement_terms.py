from datetime import date

from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import VasKpiCase
from .test_settlement import make_agreement


def month(number):
    """Return the bounds of a month of 2025."""
    last = {2: 28, 4: 30, 6: 30, 9: 30, 11: 30}.get(number, 31)
    return date(2025, number, 1), date(2025, number, last)


class SettlementCase(VasKpiCase):
    """An agreement whose fee and score of every month are what a test says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor = cls.vendors[0]
        cls.score_metric = cls.make_metric(
            "score", observation_aggregate="avg", unit="%"
        )
        cls.card = cls.make_scorecard(
            [("score", "all", cls.score_metric, cls.identity, 100)], period_type="month"
        )
        cls.card.action_activate()
        cls.agreement = make_agreement(
            cls.env, cls.company, cls.vendor, "T", unit_price=1.0
        )
        cls.metric = cls.agreement.quantity_metric_id

    def set_fee(self, number, amount):
        self.observe(self.metric, self.vendor, amount, day=month(number)[0])

    def set_score(self, number, value):
        """Give the vendor a confirmed score for the month."""
        self.observe(self.score_metric, self.vendor, value, day=month(number)[0])
        assessment = self.card._assess(self.vendor, *month(number))
        assessment.action_confirm()
        return assessment

    def settle(self, number):
        return self.agreement._settle(*month(number))

    def bill(self, number, post=True):
        settlement = self.settle(number)
        settlement.action_check()
        settlement.action_create_bill()
        if post:
            settlement.bill_id.action_post()
        return settlement

    def add_points_rules(self):
        """0.5 % per point below 90 up to 10 %; 0.4 % per point above up to 5 %."""
        self.agreement.write(
            {
                "scorecard_id": self.card.id,
                "tariff_ids": [
                    Command.create(
                        {
                            "name": "Below target",
                            "kind": "penalty",
                            "basis": "points",
                            "target_score": 90,
                            "percent_per_point": 0.5,
                            "has_most": True,
                            "most_percent": 10,
                        }
                    ),
                    Command.create(
                        {
                            "name": "Above target",
                            "kind": "bonus",
                            "basis": "points",
                            "target_score": 90,
                            "percent_per_point": 0.4,
                            "has_most": True,
                            "most_percent": 5,
                        }
                    ),
                ],
            }
        )

    def add_levels(self, *shares, **values):
        """Give one service level per share of the amount at risk, met from 95 on."""
        self.agreement.write({"has_at_risk": True, "at_risk_percent": 12})
        self.levels = [
            self.make_metric(f"level{index}", observation_aggregate="avg")
            for index in range(len(shares))
        ]
        self.agreement.tariff_ids = [
            Command.create(
                {
                    "name": f"Level {index}",
                    "basis": "at_risk",
                    "metric_id": self.levels[index].id,
                    "share_percent": share,
                    "min_value": 95,
                    **values,
                }
            )
            for index, share in enumerate(shares)
        ]

    def set_levels(self, number, *values):
        for metric, value in zip(self.levels, values, strict=True):
            self.observe(metric, self.vendor, value, day=month(number)[0])

    def amounts(self, settlement, *kinds):
        return settlement.line_ids.filtered(lambda line: line.kind in kinds).mapped(
            "amount"
        )


@tagged("post_install", "-at_install")
class TestSettlementTerms(SettlementCase):
    def settle_with_score(self, number, score):
        self.set_fee(number, 128450)
        self.set_score(number, score)
        return self.settle(number)

    def test_p1_to_p4_percent_per_point(self):
        self.add_points_rules()
        below = self.settle_with_score(1, 83.6)
        self.assertEqual(self.amounts(below, "penalty"), [-4110.40])
        self.assertEqual(below.total, 124339.60)
        line = below.line_ids.filtered(lambda found: found.kind == "penalty")
        self.assertEqual(
            line.basis,
            "score 83.60, target 90: 6.4 × 0.5 % = 3.2 % of 128,450.00",
        )
        above = self.settle_with_score(2, 97.5)
        self.assertEqual(self.amounts(above, "bonus", "penalty"), [3853.50])
        capped = self.settle_with_score(3, 60)
        self.assertEqual(self.amounts(capped, "penalty"), [-12845.00])
        self.assertIn("at most 10 %", capped.line_ids[1].basis)
        exact = self.settle_with_score(4, 90.0)
        self.assertEqual(len(exact.line_ids), 1, "no line for nothing")
        self.assertEqual(exact.total, 128450)

    def test_p5_again_changes_nothing(self):
        self.add_points_rules()
        self.settle_with_score(1, 83.6)
        settlement = self.bill(1)
        action = settlement.action_correct()
        self.assertEqual(action["params"]["title"], "Nothing to correct")
        self.assertFalse(settlement.correction_ids)
        settlement.action_create_bill()
        self.assertEqual(
            self.env["account.move"].search_count([("ref", "=", settlement.name)]), 1
        )

    def test_p7_amount_at_risk(self):
        self.add_levels(30, 25, 80, 60)
        for number, values, lines, total in (
            (1, (90, 99, 99, 99), [-9000], 241000),
            (2, (90, 90, 99, 99), [-9000, -7500], 233500),
            (3, (99, 99, 90, 90), [-24000, -18000, 12000], 220000),
        ):
            self.set_fee(number, 250000)
            self.set_levels(number, *values)
            settlement = self.settle(number)
            self.assertEqual(self.amounts(settlement, "penalty", "cap"), lines)
            self.assertEqual(settlement.total, total)
        self.assertEqual(
            settlement.line_ids.filtered(lambda line: line.kind == "cap").basis,
            "at most 12 % of 250,000.00 = 30,000.00",
        )

    def test_a_typed_deduction_counts_towards_the_cap(self):
        self.add_levels(80)
        self.set_fee(1, 250000)
        self.set_levels(1, 90)
        settlement = self.settle(1)
        self.assertEqual(settlement.total, 226000)
        line = self.env["vas.settlement.line"].create(
            {
                "settlement_id": settlement.id,
                "kind": "penalty",
                "name": "Late report",
                "amount": -10000,
            }
        )
        self.assertEqual(self.amounts(settlement, "cap"), [4000])
        self.assertEqual(settlement.total, 220000)
        line.amount = -5000
        self.assertEqual(settlement.total, 221000)
        line.unlink()
        self.assertEqual(settlement.total, 226000)

    def earn_back(self):
        self.add_levels(30, earn_back=True, earn_back_periods=3, earn_back_percent=100)
        for number in range(3, 8):
            self.set_fee(number, 250000)

    def test_p8_earned_back_after_good_periods(self):
        self.earn_back()
        self.set_levels(3, 90)
        self.assertEqual(self.bill(3).total, 241000)
        for number in (4, 5):
            self.set_levels(number, 96)
            self.assertEqual(self.bill(number).total, 250000)
        self.set_levels(6, 95)
        june = self.settle(6)
        self.assertEqual(self.amounts(june, "earn_back"), [9000])
        line = june.line_ids.filtered(lambda found: found.kind == "earn_back")
        self.assertEqual(line.name, "Earned back from 2025-03: Level 0")
        self.assertEqual(line.basis, "100 % of 9,000.00 after 3 good periods")
        june.action_check()
        self.set_levels(7, 99)
        self.assertFalse(self.amounts(self.settle(7), "earn_back"), "only once")

    def test_p8_not_when_one_period_misses(self):
        self.earn_back()
        for number, level in ((3, 90), (4, 96), (5, 90)):
            self.set_levels(number, level)
            self.bill(number)
        self.set_levels(6, 96)
        self.assertFalse(self.amounts(self.settle(6), "earn_back"))

    def test_p8_not_when_a_period_was_not_settled(self):
        self.earn_back()
        for number, level in ((3, 90), (4, 96)):
            self.set_levels(number, level)
            self.bill(number)
        self.set_levels(6, 96)
        self.assertFalse(self.amounts(self.settle(6), "earn_back"))

    def test_service_level_without_data_stops_the_settlement(self):
        self.add_levels(30)
        self.set_fee(1, 250000)
        with self.assertRaisesRegex(UserError, "No data on “Level0”"):
            self.settle(1).action_check()
        self.agreement.tariff_ids.missing_data = "zero"
        settlement = self.settle(1)
        self.assertEqual(settlement.total, 250000)

    def test_minimum_and_maximum(self):
        self.agreement.write(
            {
                "has_minimum": True,
                "minimum_amount": 5000,
                "has_maximum": True,
                "maximum_amount": 20000,
            }
        )
        for number, fee, total in ((1, 1200, 5000), (2, 8000, 8000), (3, 30000, 20000)):
            self.set_fee(number, fee)
            self.assertEqual(self.settle(number).total, total)
        self.assertEqual(self.settle(1).line_ids[1].basis, "5,000.00 − 1,200.00")
        with self.assertRaisesRegex(ValidationError, "minimum exceeds"):
            self.agreement.minimum_amount = 30000

    def test_rules_say_what_is_missing(self):
        for values, words in (
            ({"basis": "points"}, "the percent per point"),
            ({"basis": "share"}, "the scale"),
            ({"basis": "at_risk"}, "the part of the amount at risk"),
            ({"basis": "at_risk", "share_percent": 5}, "Limit deductions"),
            (
                {
                    "kind": "bonus",
                    "basis": "fixed",
                    "earn_back": True,
                    "earn_back_periods": 1,
                    "earn_back_percent": 1,
                },
                "only a deduction",
            ),
        ):
            with self.assertRaisesRegex(ValidationError, words):
                self.agreement.tariff_ids = [Command.create({"name": "Rule", **values})]

    def test_amendment_never_touches_settled_periods(self):
        self.set_fee(1, 1000)
        self.set_fee(2, 1000)
        january = self.bill(1)
        with self.assertRaisesRegex(UserError, "Use “Amend”"):
            self.agreement.unit_price = 2
        with self.assertRaisesRegex(UserError, "Use “Amend”"):
            self.agreement.tier_ids = [Command.create({"up_to": 5, "unit_price": 1})]
        self.agreement.name = "Hotline, renamed"
        action = self.agreement.action_amend()
        amended = self.env["vas.settlement.agreement"].browse(action["res_id"])
        self.assertEqual(
            self.agreement.action_amend()["res_id"], amended.id, "one draft only"
        )
        self.assertEqual((amended.version, amended.state), (2, "draft"))
        self.assertEqual(amended.date_start, date(2025, 2, 1))
        amended.unit_price = 2
        amended.date_start = date(2025, 2, 15)
        with self.assertRaisesRegex(UserError, "begins with a period"):
            amended.action_activate()
        amended.date_start = date(2025, 1, 1)
        with self.assertRaisesRegex(UserError, "never touches settled"):
            amended.action_activate()
        amended.date_start = date(2025, 2, 1)
        draft = self.settle(2)
        amended.action_activate()
        self.assertFalse(draft.exists(), "drafts are made again under the new terms")
        self.assertEqual(self.agreement.date_end, date(2025, 1, 31))
        with self.assertRaisesRegex(UserError, "not in force"):
            self.agreement._settle(*month(2))
        february = amended._settle(*month(2))
        self.assertEqual(february.total, 2000)
        self.assertEqual(january.total, 1000)
        self.assertEqual(february.series_id, january.series_id)
        self.assertEqual(amended.version_count, 2)

    def test_earning_back_goes_on_after_an_amendment(self):
        self.earn_back()
        self.agreement.tariff_ids.earn_back_periods = 1
        self.set_levels(3, 90)
        self.bill(3)
        action = self.agreement.action_amend()
        amended = self.env["vas.settlement.agreement"].browse(action["res_id"])
        amended.action_activate()
        self.set_levels(4, 96)
        april = amended._settle(*month(4))
        self.assertEqual(self.amounts(april, "earn_back"), [9000])

    def test_what_accounting_has_to_add_is_said_where_it_is_put_right(self):
        self.set_fee(1, 1000)
        settlement = self.settle(1)
        settlement.action_check()
        company_vendor = self.vendor.with_company(self.company)
        payable = company_vendor.property_account_payable_id
        field = self.env["ir.model.fields"]._get(
            "res.partner", "property_account_payable_id"
        )
        self.env["ir.default"].search([("field_id", "=", field.id)]).unlink()
        company_vendor.property_account_payable_id = False
        with self.assertRaisesRegex(RedirectWarning, "no account payable") as caught:
            settlement.action_create_bill()
        self.assertEqual(caught.exception.args[1]["res_id"], self.vendor.id)
        self.assertEqual(settlement.state, "checked", "nothing half-made")
        self.assertFalse(settlement.bill_id)
        self.assertIn("payable", settlement.blockers)
        company_vendor.property_account_payable_id = payable
        self.agreement.account_id = False
        self.agreement.journal_id.default_account_id = False
        with self.assertRaisesRegex(RedirectWarning, "neither a product") as caught:
            settlement.action_create_bill()
        self.assertEqual(caught.exception.args[1]["res_id"], self.agreement.id)
        product = self.env["product.product"].create({"name": "Calls"})
        category = product.categ_id
        category.with_company(self.company).property_account_expense_categ_id = False
        self.agreement.product_id = product
        self.company.expense_account_id = False
        with self.assertRaisesRegex(RedirectWarning, "no expense account") as caught:
            settlement.action_create_bill()
        self.assertEqual(caught.exception.args[1]["res_id"], product.id)

    def test_foreign_currency_needs_a_rate_and_has_its_own_rounding(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        yen.rate_ids.unlink()
        self.agreement.currency_id = yen
        self.agreement.unit_price = 0.85
        self.set_fee(1, 1001)
        settlement = self.settle(1)
        self.assertEqual(settlement.total, 851, "whole yen")
        settlement.action_check()
        with self.assertRaisesRegex(RedirectWarning, "no exchange rate"):
            settlement.action_create_bill()
        self.env["res.currency.rate"].create(
            {
                "currency_id": yen.id,
                "name": "2025-01-01",
                "rate": 20,
                "company_id": self.company.root_id.id,
            }
        )
        settlement.action_create_bill()
        self.assertEqual(settlement.bill_id.currency_id, yen)
        self.assertEqual(settlement.bill_id.amount_untaxed, 851)

    def test_hold_refuses_billing_with_its_reason(self):
        self.set_fee(1, 1000)
        settlement = self.settle(1)
        settlement.action_check()
        assessment = self.set_score(1, 50)
        kind = self.env["vas.consequence.type"].search(
            [("kind", "=", "settlement_hold")], limit=1
        )
        self.assertTrue(kind)
        consequence = (
            self.env["vas.consequence"]
            .sudo()
            .create(
                {
                    "type_id": kind.id,
                    "assessment_id": assessment.id,
                    "event": "enter",
                    "state": "active",
                }
            )
        )
        with self.assertRaisesRegex(RedirectWarning, "on hold") as caught:
            settlement.action_create_bill()
        self.assertEqual(caught.exception.args[1]["res_id"], self.vendor.id)
        consequence.unlink()
        settlement.action_create_bill()

    def test_estimate_writes_nothing_and_equals_the_settlement(self):
        self.add_points_rules()
        self.set_fee(1, 128450)
        count = self.env["vas.settlement"].search_count([])
        found = self.agreement._estimate(*month(1), {self.vendor.id: 83.6})
        self.assertEqual(found, {self.agreement: 124339.60})
        none = self.agreement._estimate(*month(1), {})
        self.assertEqual(none, {self.agreement: None})
        self.assertEqual(self.env["vas.settlement"].search_count([]), count)
        self.set_score(1, 83.6)
        self.assertEqual(self.settle(1).total, found[self.agreement])

    def test_payment_terms_reach_the_bill(self):
        terms = self.env["account.payment.term"].create({"name": "Net 45"})
        self.agreement.payment_term_id = terms
        self.set_fee(1, 10)
        self.assertEqual(
            self.bill(1, post=False).bill_id.invoice_payment_term_id, terms
        )

    def test_bill_lines_know_their_settlement_lines(self):
        self.set_fee(1, 10)
        settlement = self.bill(1)
        self.assertEqual(
            settlement.bill_id.invoice_line_ids.vas_settlement_line_id,
            settlement.line_ids,
        )
