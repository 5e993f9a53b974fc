from odoo.tests import tagged

from .common import LogisticsCommon


@tagged("post_install", "-at_install")
class TestSmartButtons(LogisticsCommon):
    """A button opens exactly the records it stands for, and nobody else's."""

    def opened(self, action):
        """What the list behind an action shows."""
        return self.env[action["res_model"]].search(action["domain"])

    def test_plan_and_its_trips(self):
        orders = self.example_orders()
        other = self.order(self.shipper1, self.a, self.c, 100, 1)
        plan = self.plan(orders, self.v1)
        plan.action_plan()
        self.plan(other, self.v2).action_plan()
        self.assertEqual(self.opened(plan.action_view_orders()), orders)
        self.assertEqual(self.opened(plan.action_view_runs()), plan.run_ids)
        self.assertEqual(len(plan.run_ids), plan.run_count)
        trip = plan.proposal_ids
        trip.action_toggle_lock()
        self.assertTrue(trip.locked)
        self.assertEqual(trip.locked_user_id, self.env.user)
        trip.action_toggle_lock()
        self.assertFalse(trip.locked or trip.locked_user_id)
        plan.action_accept()
        batch = trip.batch_id
        action = trip.action_open_batch()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (batch._name, batch.id)
        )
        event = self.env["vas.trip.event"].create(
            {"batch_id": batch.id, "kind": "start", "date": "2030-05-06 01:00:00"}
        )
        self.assertEqual(self.opened(batch.action_vas_events()), event)
        for action in (batch.action_vas_gate(), batch.action_vas_breakdown()):
            form = self.env[action["res_model"]].with_context(**action["context"]).new()
            self.assertEqual(form.batch_id._origin or form.batch_id, batch)

    def test_levels_and_their_outlets(self):
        level = self.a.level_id
        mine = self.env["vas.outlet"].search([("level_id", "=", level.id)])
        self.assertEqual(self.opened(level.action_view_outlets()), mine)
        self.assertEqual(len(mine), level.outlet_count)
