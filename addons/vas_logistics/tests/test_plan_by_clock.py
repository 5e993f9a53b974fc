from odoo import Command
from odoo.tests import new_test_user, tagged

from .common import LogisticsCommon


@tagged("post_install", "-at_install")
class TestPlanByClock(LogisticsCommon):
    """RSI-07: proposals are made again regularly, and people are left alone."""

    def setUp(self):
        super().setUp()
        self.profile.auto_plan = True
        self.orders = self.example_orders()
        self.orders.action_confirm()

    def run_clock(self):
        self.env["vas.codelivery.plan"]._cron_plan_again()
        return self.env["vas.codelivery.plan"].search(
            [("company_id", "=", self.company.id)]
        )

    def test_a_new_order_is_in_the_next_proposal(self):
        plan = self.run_clock()
        plan.ensure_one()
        self.assertTrue(plan.is_automatic)
        self.assertEqual((plan.state, plan.served_text), ("planned", "2 / 2"))
        late = self.order(self.shipper1, self.b, self.c, 500, 2)
        late.action_confirm()
        self.assertEqual(self.run_clock(), plan)
        self.assertEqual(plan.served_text, "3 / 3")
        officer = new_test_user(
            self.env,
            "clock-officer",
            "vas_logistics.group_vas_logistics_officer",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        plan.with_user(officer).action_accept()
        self.assertEqual(plan.user_id, officer)
        # Nothing is open any more: no empty plan is made.
        self.assertEqual(self.run_clock(), plan)

    def test_what_a_person_changed_stays(self):
        plan = self.run_clock()
        trip = plan.proposal_ids
        plan.action_pin(self.orders[0].ids)
        self.order(self.shipper1, self.b, self.c, 500, 2).action_confirm()
        self.assertEqual(self.run_clock(), plan)
        self.assertEqual(plan.proposal_ids, trip)

    def test_plan_of_a_person_is_the_only_one(self):
        mine = self.plan(self.orders)
        self.assertEqual(self.run_clock(), mine)
        self.assertEqual(mine.state, "draft")

    def test_what_is_missing_is_said_on_the_plan(self):
        (self.v1 | self.v2).category_id = self.truck_class.copy(
            {"name": "Without figures", "weight_capacity": 0, "volume_capacity": 0}
        )
        plan = self.run_clock()
        self.assertIn("needs a weight and a volume", plan.failure)
        self.assertEqual(plan.state, "draft")
