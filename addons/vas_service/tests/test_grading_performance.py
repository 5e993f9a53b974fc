from odoo.tests import tagged

from .common_grading import GradingCommon


@tagged("post_install", "-at_install")
class TestGradingPerformance(GradingCommon):
    """The number of queries does not grow with the number of customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"].union(
            *(cls.graded_customer(f"Customer {number}") for number in range(51))
        )

    def _count(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        result = function()
        self.env.flush_all()
        return self.cr.sql_log_count - before, result

    def test_assessing_and_confirming(self):
        warm_up = self.assess(self.partners[:1])
        warm_up.action_confirm()
        warm_up.action_revert()
        one, single = self._count(lambda: self.assess(self.partners[:1]))
        many, rest = self._count(lambda: self.assess(self.partners[1:]))
        self.assertEqual(len(rest), 50)
        self.assertLessEqual(many, one)
        one, _result = self._count(single.action_confirm)
        many, _result = self._count(rest.action_confirm)
        self.assertEqual(set(rest.partner_id.vas_grade_id), {self.grade_a})
        self.assertLessEqual(many, one)

    def test_reading_cards_and_premiums(self):
        self.assess(self.partners).action_confirm()
        names = ["vas_grade_card", "vas_premium_amount", "vas_strategic_level_id"]
        self.partners.read(names)
        one, _result = self._count(lambda: self.partners[:1].read(names))
        many, rows = self._count(lambda: self.partners[1:].read(names))
        self.assertEqual(len(rows), 50)
        self.assertLessEqual(many, one)
