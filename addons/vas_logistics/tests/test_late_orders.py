from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import DAY, LogisticsCommon


@tagged("post_install", "-at_install")
class TestLateOrders(LogisticsCommon):
    """Whom to telephone first: the latest order on top, said in words."""

    def texts(self, orders):
        orders.invalidate_recordset(["vas_late_text", "vas_waiting_feedback"])
        return [order.vas_late_text for order in orders if order.vas_late_text]

    def test_latest_first_and_in_words(self):
        hours = (12, 4, 8)
        orders = self.env["stock.picking"].create(
            [
                self.order_values(
                    *(self.shipper1, self.a, self.c, 500, 2),
                    vas_deliver_to=f"{DAY} {hour:02}:00:00",
                )
                for hour in hours
            ]
        )
        plan = self.plan(orders, self.v1)
        plan.action_plan()
        plan.action_accept()
        self.assertEqual(
            {str(day) for day in orders.mapped("vas_planned_arrival")},
            {f"{DAY} 03:20:00"},
        )
        twelve, four, eight = orders
        with freeze_time(f"{DAY} 03:00:00"):
            self.assertEqual(self.texts(orders), [])
        with freeze_time(f"{DAY} 09:10:00"):
            self.assertEqual(
                self.texts(four | eight | twelve),
                [
                    "5 h 10 min after the promise; no feedback for 5 h 50 min.",
                    "1 h 10 min after the promise; no feedback for 5 h 50 min.",
                    "No feedback for 5 h 50 min.",
                ],
            )
            action = self.env.ref(
                "vas_logistics.stock_picking_action_transport_feedback"
            )
            listed = self.env["stock.picking"].search(
                [("vas_waiting_feedback", "=", True), ("id", "in", orders.ids)],
                order="vas_due_date, id",
            )
            self.assertEqual(listed, four | eight | twelve)
            view = action.view_ids.filtered(lambda one: one.view_mode == "list").view_id
            self.assertIn('default_order="vas_due_date, id"', view.get_combined_arch())
            orders.action_vas_feedback()
            self.assertFalse(four.vas_waiting_feedback)
            self.assertEqual(self.texts(four), ["5 h 10 min after the promise."])

    def test_words_of_other_orders(self):
        waiting = self.order(
            *(self.shipper1, self.a, self.c, 500, 2), vas_deliver_to=f"{DAY} 04:00:00"
        )
        planned = self.order(
            *(self.shipper1, self.a, self.c, 500, 2), vas_deliver_to=f"{DAY} 04:00:00"
        )
        planned.vas_planned_arrival = f"{DAY} 06:30:00"
        plain = self.order(self.shipper1, self.a, self.c, 500, 2)
        with freeze_time("2030-05-08 06:00:00"):
            self.assertEqual(
                self.texts(waiting), ["2 d 2 h after the promise; on no trip."]
            )
            self.assertEqual(self.texts(plain), [])
        with freeze_time(f"{DAY} 01:00:00"):
            self.assertEqual(
                self.texts(planned), ["Will arrive 2 h 30 min after the promise."]
            )
        self.assertEqual(plain.vas_due_date, False)
        plain.vas_planned_arrival = f"{DAY} 06:30:00"
        self.assertEqual(str(plain.vas_due_date), f"{DAY} 06:30:00")

    def test_tiles_open_the_lists_in_this_order(self):
        user = new_test_user(
            self.env,
            "late-user",
            "vas_logistics.group_vas_logistics_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.order(
            *(self.shipper1, self.a, self.c, 500, 2), vas_deliver_to="2020-01-01"
        )
        self.env.flush_all()
        view = self.env.ref("vas_logistics.stock_picking_view_list_late")
        for name in ("late", "feedback"):
            tile = self.env.ref(f"vas_logistics.tile_{name}").with_user(user)
            tile = tile.with_context(allowed_company_ids=self.company.ids)
            opened = tile.action_open()
            records = self.env[opened["res_model"]].with_user(user)
            records = records.with_context(allowed_company_ids=self.company.ids)
            self.assertEqual(records.search_count(opened["domain"]), tile.value, name)
            self.assertIn((view.id, "list"), opened["views"])
