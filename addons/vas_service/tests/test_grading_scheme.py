from datetime import date, timedelta

from odoo.tests import tagged

from .common_grading import ON, GradingCommon

DAY = ON - timedelta(days=100)


@tagged("post_install", "-at_install")
class TestGradingScheme(GradingCommon):
    """The shipped scheme against the tests of catalogue GRD-03 to GRD-09."""

    def _assess_amount(self, amount, late=False):
        partner = self.customer()
        self.pay(self.invoice(partner, amount, DAY), DAY + timedelta(days=late))
        return self.points(self.assess(partner))["amount"]

    def test_amount_boundaries_to_the_cent(self):
        for amount, points in (
            (3000000.00, 4),
            (2999999.99, 3),
            (2000000.00, 3),
            (1999999.99, 2),
            (1000000.00, 2),
            (999999.99, 1),
        ):
            with self.subTest(amount=amount):
                self.assertEqual(self._assess_amount(amount), points)

    def test_late_payment_takes_a_point_not_below_one(self):
        for amount, points in ((3500000.00, 3), (1000000.00, 1), (999999.99, 1)):
            with self.subTest(amount=amount):
                self.assertEqual(self._assess_amount(amount, late=True), points)

    def test_one_late_invoice_among_many_counts(self):
        partner = self.customer()
        self.pay(self.invoice(partner, 3000000, DAY), DAY)
        self.pay(self.invoice(partner, 100, DAY), DAY + timedelta(days=1))
        self.assertEqual(self.points(self.assess(partner))["amount"], 3)

    def test_unpaid_and_due_is_late_but_not_yet_due_is_not(self):
        late, waiting = self.customer("Late"), self.customer("Waiting")
        self.invoice(late, 3000000, DAY, due=ON - timedelta(days=1))
        self.invoice(waiting, 3000000, DAY, due=ON + timedelta(days=1))
        found = {a.partner_id: self.points(a) for a in self.assess(late | waiting)}
        self.assertEqual(found[late]["amount"], 3)
        self.assertEqual(found[waiting]["amount"], 4)

    def test_partly_paid_is_late_until_the_rest_is_paid(self):
        partner = self.customer()
        invoice = self.invoice(partner, 3000000, DAY, due=DAY + timedelta(days=10))
        self.pay(invoice, DAY, amount=1000000)
        self.assertFalse(invoice.vas_paid_on)
        self.assertEqual(self.points(self.assess(partner))["amount"], 3)
        self.pay(invoice, DAY + timedelta(days=10), amount=2000000)
        self.assertEqual(invoice.vas_paid_on, DAY + timedelta(days=10))
        self.assertTrue(invoice.vas_paid_on_time)
        self.assertEqual(self.points(self.assess(partner))["amount"], 4)

    def test_undone_payment_is_noticed(self):
        partner = self.customer()
        invoice = self.invoice(partner, 500, DAY)
        entry = self.pay(invoice, DAY)
        self.assertTrue(invoice.vas_paid_on_time)
        entry.line_ids.remove_move_reconcile()
        self.assertFalse(invoice.vas_paid_on)
        self.assertFalse(invoice.vas_paid_on_time)

    def test_credit_note_lowers_the_amount(self):
        partner = self.customer()
        self.pay(self.invoice(partner, 3000000, DAY), DAY)
        refund = self.invoice(partner, 1, DAY)._reverse_moves(
            [{"invoice_date": DAY, "date": DAY}], cancel=True
        )
        self.assertEqual(refund.state, "posted")
        self.assertEqual(self.points(self.assess(partner))["amount"], 4)
        extra = self.invoice(partner, 5, DAY)
        extra._reverse_moves([{"invoice_date": DAY, "date": DAY}])._post()
        self.assertEqual(self.points(self.assess(partner))["amount"], 4)

    def test_only_the_trailing_year_counts(self):
        partner = self.customer()
        before = date(2025, 6, 30)
        self.pay(self.invoice(partner, 3000000, before), before)
        self.assertEqual(self.points(self.assess(partner))["amount"], 1)
        first = date(2025, 7, 1)
        self.pay(self.invoice(partner, 3000000, first), first)
        self.assertEqual(self.points(self.assess(partner))["amount"], 4)

    def test_half_year_basis(self):
        """AMB-06: the basis is a number on the scheme, the thresholds stay."""
        partner = self.customer()
        self.pay(self.invoice(partner, 3000000, date(2025, 12, 31)), date(2025, 12, 31))
        self.assertEqual(self.points(self.assess(partner))["amount"], 4)
        self.scorecard.vas_trailing_months = 6
        start, end = self.scorecard._get_vas_grading_period(ON)
        self.assertEqual((start, end), (date(2026, 1, 1), ON))
        self.assertEqual(self.points(self.assess(partner))["amount"], 1)

    def test_receivable_boundaries_to_the_cent(self):
        for balance, points in (
            (0.0, 4),
            (100000.00, 4),
            (100000.01, 3),
            (500000.00, 3),
            (500000.01, 2),
            (1000000.00, 2),
            (1000000.01, 1),
        ):
            partner = self.customer()
            if balance:
                self.invoice(partner, balance, DAY, due=ON + timedelta(days=5))
            with self.subTest(balance=balance):
                self.assertEqual(
                    self.points(self.assess(partner))["receivable"], points
                )

    def test_receivable_is_read_on_the_day(self):
        """A payment after the day of the assessment does not change that day."""
        partner = self.customer()
        invoice = self.invoice(partner, 600000, DAY, due=ON + timedelta(days=5))
        self.pay(invoice, ON + timedelta(days=1))
        self.assertEqual(self.points(self.assess(partner))["receivable"], 2)

    def test_premium_boundaries(self):
        for premium, points in (
            (0.20, 4),
            (0.1999, 3),
            (0.18, 3),
            (0.15, 3),
            (0.1499, 2),
            (0.10, 2),
            (0.0999, 1),
            (0.05, 1),
            (0.0499, 1),
        ):
            partner = self.customer()
            self.contract(partner, premium)
            with self.subTest(premium=premium):
                self.assertEqual(self.points(self.assess(partner))["premium"], points)

    def test_premium_of_a_general_rule_uses_the_reference_list(self):
        partner = self.customer()
        pricelists = self.env["product.pricelist"]
        partner.vas_contract_pricelist_id = pricelists.create(
            {
                "name": "15 % above list",
                "company_id": self.company.id,
                "currency_id": self.currency.id,
                "item_ids": [
                    (
                        0,
                        0,
                        {
                            "applied_on": "3_global",
                            "compute_price": "formula",
                            "base": "list_price",
                            "price_discount": -15,
                        },
                    )
                ],
            }
        )
        self.assertEqual(partner.vas_reference_amount, 0)
        self.assertFalse(self.assess(partner).line_ids[2].has_points)
        self.company.vas_reference_pricelist_id = pricelists.create(
            {
                "name": "Reference",
                "company_id": self.company.id,
                "currency_id": self.currency.id,
                "item_ids": [
                    (
                        0,
                        0,
                        {
                            "applied_on": "1_product",
                            "product_tmpl_id": self.product.product_tmpl_id.id,
                            "compute_price": "fixed",
                            "fixed_price": 100,
                        },
                    )
                ],
            }
        )
        partner.invalidate_recordset()
        self.assertEqual(partner.vas_reference_amount, 100)
        self.assertEqual(partner.vas_premium_amount, 15)
        self.assertEqual(self.points(self.assess(partner))["premium"], 3)

    def test_latest_rating_counts(self):
        partner = self.customer()
        self.rate(partner, 4, date(2026, 1, 1))
        self.rate(partner, 2, date(2026, 5, 1))
        self.rate(partner, 3, ON + timedelta(days=1))
        self.assertEqual(self.points(self.assess(partner))["strategic"], 2)

    def test_worked_example_and_why(self):
        partner = self.graded_customer()
        self.invoice(partner, 80000, DAY, due=ON + timedelta(days=30))
        assessment = self.assess(partner)
        self.assertEqual(
            self.points(assessment),
            {"amount": 4, "receivable": 4, "premium": 3, "strategic": 3},
        )
        self.assertEqual(assessment.score, 14)
        assessment.action_confirm()
        self.assertEqual(partner.vas_grade_id, self.grade_a)
        self.assertEqual(partner.vas_grade_points, 14)
        card = partner.vas_grade_card
        self.assertEqual(card["letter"], "A")
        self.assertEqual(card["points"], "14")
        self.assertEqual(sum(float(c["points"]) for c in card["criteria"]), 14)
        self.assertIn("14 of 16 points", partner.vas_grade_reason)

    def test_below_ten_gives_no_grade_and_says_why(self):
        partner = self.graded_customer(amount=0, premium=0.1, strategic=2)
        assessment = self.assess(partner)
        assessment.action_confirm()
        self.assertEqual(assessment.score, 9)
        self.assertFalse(partner.vas_grade_id)
        self.assertEqual(partner.vas_grade_card["state"], "ungraded")
        self.assertIn("9 of 16 points", partner.vas_grade_reason)
        self.assertEqual(partner.vas_shipping_priority, 7)

    def test_first_year_is_c_until_the_anniversary(self):
        partner = self.graded_customer(
            premium=0.3, strategic=4, vas_first_business_date=date(2025, 7, 1)
        )
        partner.vas_first_business_date = date(2025, 7, 1)
        assessment = self.assess(partner, ON)
        self.assertEqual(assessment.score, 16)
        self.assertEqual(assessment.vas_grade_id, self.grade_c)
        after = self.assess(partner, date(2026, 7, 1))
        self.assertEqual(after.vas_grade_id, self.grade_a)
        assessment.action_confirm()
        self.assertIn("first year of business", partner.vas_grade_reason)

    def test_treatment_table(self):
        """Priority and next visit of every row of GRD-09 (AMB-09 for ordinary C)."""
        last = date(2026, 1, 15)
        for customer_class, grade, priority, due in (
            (self.major, self.grade_a, 1, date(2026, 4, 15)),
            (self.major, self.grade_b, 2, date(2026, 7, 15)),
            (self.ordinary, self.grade_a, 3, date(2027, 1, 15)),
            (self.major, self.grade_c, 4, date(2027, 1, 15)),
            (self.ordinary, self.grade_b, 5, date(2026, 7, 15)),
            (self.ordinary, self.grade_c, 6, False),
        ):
            partner = self.customer(
                customer_class=customer_class, vas_last_visit=last
            ).sudo()
            partner.vas_grade_id = grade
            partner._vas_update_next_visit()
            with self.subTest(customer_class=customer_class.code, grade=grade.code):
                self.assertEqual(partner.vas_shipping_priority, priority)
                self.assertEqual(partner.vas_next_visit, due)
                self.assertEqual(
                    partner.search(
                        [
                            ("vas_shipping_priority", "=", priority),
                            ("id", "=", partner.id),
                        ]
                    ),
                    partner,
                )
                self.assertFalse(
                    partner.search(
                        [
                            ("vas_treatment_id", "!=", partner.vas_treatment_id.id),
                            ("id", "=", partner.id),
                        ]
                    )
                )

    def test_changed_treatment_moves_the_visits(self):
        partner = self.customer(vas_last_visit=date(2026, 1, 15))
        partner.sudo().vas_grade_id = self.grade_a
        partner._vas_update_next_visit()
        treatment = self.env.ref("vas_service.vas_treatment_major_a")
        treatment.visit_interval_number = 1
        self.assertEqual(partner.vas_next_visit, date(2026, 2, 15))

    def test_never_visited_counts_from_the_grade(self):
        partner = self.graded_customer()
        self.assess(partner).action_confirm()
        self.assertEqual(partner.vas_grade_id, self.grade_a)
        treatment = partner.vas_treatment_id
        self.assertEqual(
            partner.vas_next_visit,
            treatment._get_next_visit(partner.vas_grade_valid_from),
        )

    def test_price_list_of_the_level_follows(self):
        level = self.env.ref("vas_service.vas_price_level_best")
        level.action_create_pricelist()
        self.assertEqual(level.pricelist_id.company_id, self.company)
        partner = self.graded_customer()
        self.assess(partner).action_confirm()
        self.assertEqual(partner.property_product_pricelist, level.pricelist_id)

    def test_first_business_is_noted_on_posting(self):
        partner = self.env["res.partner"].create({"name": "New", "is_company": True})
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": partner.id}
        )
        self.invoice(contact, 10, date(2026, 3, 1))
        self.assertEqual(partner.vas_first_business_date, date(2026, 3, 1))
        self.invoice(partner, 10, date(2026, 2, 1))
        self.assertEqual(partner.vas_first_business_date, date(2026, 2, 1))
        self.invoice(partner, 10, date(2026, 4, 1))
        self.assertEqual(partner.vas_first_business_date, date(2026, 2, 1))

    def test_class_by_amount(self):
        """AMB-08: a threshold on the class; classes set by hand stay."""
        self.major.write(
            {
                "auto_assign": True,
                "auto_metric_id": self.env.ref("vas_service.vas_metric_amount").id,
                "auto_min_value": 1000000,
            }
        )
        big, small, fixed = (
            self.customer(name, vas_customer_class_id=customer_class)
            for name, customer_class in (
                ("Big", False),
                ("Small", False),
                ("Fixed", self.ordinary.id),
            )
        )
        for partner, amount in ((big, 1000000), (small, 999999.99), (fixed, 5000000)):
            self.invoice(partner, amount, DAY)
        start, end = self.scorecard._get_vas_grading_period(ON)
        self.major._assign_by_amount(big | small | fixed, start, end, self.company)
        self.assertEqual(big.vas_customer_class_id, self.major)
        self.assertFalse(small.vas_customer_class_id)
        self.assertEqual(fixed.vas_customer_class_id, self.ordinary)
