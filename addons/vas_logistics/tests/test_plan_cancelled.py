from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import DAY, LogisticsCommon


@tagged("post_install", "-at_install")
class TestPlanCancelled(LogisticsCommon):
    """An order that is cancelled leaves every screen, and says who cancelled it."""

    def setUp(self):
        super().setUp()
        self.third = self.order(self.shipper1, self.b, self.c, 500, 2)
        self.first, self.second = self.example_orders()
        self.orders = self.first | self.second | self.third
        self.day = self.plan(self.orders)
        self.day.action_plan()
        self.trip = self.day.proposal_ids
        self.trip.ensure_one()

    def board_trip(self):
        board = self.env["vas.codelivery.plan"].get_board(self.day.id)
        return board, next(t for t in board["trips"] if t["id"] == self.trip.id)

    def test_before_the_trip_is_accepted(self):
        clerk = new_test_user(
            self.env,
            "cancel-clerk",
            "vas_logistics.group_vas_logistics_user,stock.group_stock_user",
            name="Clerk",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.day.action_pin(self.second.ids)
        cost = self.trip.cost
        self.second.with_user(clerk).action_cancel()
        self.assertEqual(self.trip.picking_ids, self.first | self.third)
        self.assertFalse(self.trip.pinned_picking_ids)
        self.assertNotIn(self.second, self.trip.stop_ids.delivery_ids)
        self.assertLessEqual(self.trip.cost, cost)
        self.assertEqual(sum(self.trip.share_ids.mapped("amount")), self.trip.cost)
        self.assertEqual(self.trip.share_ids.partner_id, self.shipper1)
        self.assertNotIn(self.second, self.day.picking_ids)
        body = self.day.message_ids[0].body
        self.assertIn(f"{self.second.name}: cancelled by Clerk, taken off V", body)
        board, lane = self.board_trip()
        self.assertNotIn(self.second.id, board["orders"])
        self.assertEqual(board["plan"]["total"], 2)
        self.assertEqual(max(leg["kg"] for leg in lane["legs"]), 6500)
        # And the plan can be accepted: nothing of it is gone.
        self.day.action_accept()
        self.assertEqual(self.day.state, "accepted")

    def test_last_order_ends_the_trip(self):
        self.orders.action_cancel()
        self.assertFalse(self.trip.exists())
        self.assertFalse(self.day.picking_ids)

    def test_order_that_was_left_behind(self):
        self.day.action_move_order(self.third.id)
        self.assertTrue(self.day.unserved_ids)
        self.third.action_cancel()
        self.assertFalse(self.day.unserved_ids)

    def test_after_the_trip_was_accepted(self):
        self.day.action_accept()
        self.second.action_cancel()
        _board, lane = self.board_trip()
        self.assertEqual(max(leg["kg"] for leg in lane["legs"]), 6500)
        self.assertLess(lane["load"], 0.6)
        for stop in lane["stops"]:
            self.assertNotIn(self.second.id, stop["pickups"] + stop["deliveries"])
        # It stays on the lane, in the word that says what became of it.
        self.assertIn(self.second.id, lane["orders"])
        listed = self.trip.batch_id._get_vas_stop_list()
        for stop in listed:
            self.assertNotIn(self.second, stop["pickups"] | stop["deliveries"])

    def test_rest_that_no_lane_leads_to(self):
        """The way led over the place of the order: without it there is no lane."""
        far, end = self.outlet("D"), self.outlet("E")
        self.lane(self.b, far, 10, both=False)
        self.lane(far, end, 10, both=False)
        near = self.order(self.shipper1, self.a, self.b, 500, 2)
        rest = self.order(self.shipper2, far, end, 500, 2)
        dear = self.vehicle("V3", far, vas_fixed_cost=9000)
        plan = self.plan(near | rest, self.v1 | dear)
        plan.action_plan()
        trip = plan.proposal_ids
        self.assertEqual(trip.picking_ids, near | rest)
        # By hand it is refused with the reason, not with an error.
        answer = plan.check_move(near.id)
        self.assertEqual(answer["level"], "refused")
        self.assertIn("there is no lane for the rest", answer["messages"][0])
        self.assertFalse(plan.action_move_order(near.id)["written"])
        near.action_cancel()
        self.assertFalse(trip.exists())
        self.assertEqual(plan.unserved_ids.picking_id, rest)
        self.assertEqual(plan.unserved_ids.reason, "unreachable")

    def test_cancelled_while_somebody_plans_again(self):
        other = self.plan(self.orders)
        self.third.action_cancel()
        for plan in self.day | other:
            self.assertNotIn(self.third, plan.picking_ids)
        # The other plan has two of them; the first one to accept gets them.
        other.action_plan()
        self.day.action_accept()
        with self.assertRaisesRegex(UserError, "planned elsewhere"):
            other.action_accept()

    def test_queries_do_not_grow_with_the_orders(self):
        def cancelled(count):
            orders = self.env["stock.picking"].create(
                [
                    self.order_values(
                        *(self.shipper1, self.a, self.c, 10, 0.1),
                        vas_deliver_to=f"{DAY} 20:00:00",
                    )
                    for _number in range(count)
                ]
            )
            rest = self.order(self.shipper2, self.a, self.c, 1, 1)
            plan = self.plan(orders | rest, self.v1)
            plan.action_plan()
            orders.state = "cancel"
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders._leave_vas_plans()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few, many = cancelled(1), cancelled(12)
        self.assertLessEqual(many, few + 3)
