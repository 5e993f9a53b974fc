from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import DAY, LogisticsCommon


@tagged("post_install", "-at_install")
class TestUnservedCure(LogisticsCommon):
    """What is left behind says what would help, and one press does it."""

    def left(self, *args, vehicles=None, plan_with=None, **values):
        """Plan one order that stays behind; the line that says why."""
        order = self.order(self.shipper1, *args, **values)
        plan = self.plan(order | (plan_with or order), vehicles or self.v1)
        plan.action_plan()
        line = plan.unserved_ids.filtered(lambda line: line.picking_id == order)
        self.assertTrue(line)
        return plan, order, line

    def press(self, plan, order, line):
        before = plan.served_count
        answer = line.action_cure()
        self.assertEqual(answer["tag"], "display_notification")
        self.assertIn(order.name, answer["params"]["message"])
        self.assertEqual(plan.served_count, before + 1)
        self.assertFalse(line.exists())

    def larger(self, name="V9", start=None, **values):
        category = self.truck_class.copy(
            {"name": "Test truck 20 t", "weight_capacity": 20000, **values}
        )
        return self.vehicle(name, start or self.a, category_id=category.id)

    def test_too_heavy_takes_the_cheapest_larger_vehicle(self):
        self.vehicle("V8", self.c, category_id=self.larger().category_id.id)
        plan, order, line = self.left(self.a, self.c, 15000, 20)
        self.assertEqual((line.reason, line.cure_kind), ("capacity", "vehicle"))
        # From A 500 + 200 × 5; V8 would come from C first.
        self.assertEqual(line.cure_vehicle_id.license_plate, "V9")
        self.assertEqual(line.cure_cost, 1500)
        self.assertIn("Add V9", line.cure_label)
        self.assertIn("1,500", line.cure)
        nine = line.cure_vehicle_id
        self.press(plan, order, line)
        self.assertIn(nine, plan.vehicle_ids)

    def test_too_heavy_for_every_vehicle_has_no_button(self):
        _plan, _order, line = self.left(self.a, self.c, 15000, 20)
        self.assertFalse(line.cure_label)
        self.assertIn("split the order", line.cure)
        with self.assertRaisesRegex(UserError, "split the order"):
            line.action_cure()

    def test_cargo_class(self):
        cold = [Command.set(self.cold.ids)]
        fridge = self.larger(vas_cargo_class_ids=cold)
        plan, order, line = self.left(
            self.a, self.c, 10, 1, vas_cargo_class_id=self.cold.id
        )
        self.assertEqual((line.reason, line.cure_vehicle_id), ("class", fridge))
        self.press(plan, order, line)

    def test_used_up_vehicles(self):
        full = self.order(
            self.shipper2, self.a, self.c, 12000, 60, vas_deliver_to=f"{DAY} 05:00:00"
        )
        plan, order, line = self.left(
            *(self.a, self.c, 9000, 50),
            plan_with=full,
            vas_deliver_to=f"{DAY} 05:00:00",
        )
        self.assertEqual(line.reason, "no_vehicle")
        self.assertEqual(line.cure_vehicle_id, self.v2)
        self.press(plan, order, line)

    def test_vehicle_that_got_a_trip_meanwhile(self):
        """Everything or nothing: the vehicle does not stay in the plan either."""
        plan, order, line = self.left(
            self.a, self.c, 15000, 20, vehicles=self.v1 | self.v2
        )
        self.assertFalse(line.cure_kind)
        truck = self.larger()
        plan.action_replan()
        line = plan.unserved_ids
        self.assertEqual(line.cure_vehicle_id, truck)
        other = self.plan(self.order(self.shipper2, self.a, self.c, 1, 1), truck)
        other.action_plan()
        other.action_accept()
        with (
            self.assertRaisesRegex(UserError, "has another trip in this time"),
            self.env.cr.savepoint(),
        ):
            line.action_cure()
        self.assertNotIn(truck, plan.vehicle_ids)
        self.assertEqual(plan.unserved_ids.picking_id, order)

    def test_window_is_widened_by_what_is_missing(self):
        plan, order, line = self.left(
            self.a, self.c, 10, 1, vas_deliver_to=f"{DAY} 03:00:00"
        )
        # 200 km at 60 km/h: 3 h 20 min.
        self.assertEqual((line.reason, line.cure_kind), ("time_window", "window"))
        self.assertIn("20 min", line.cure_label)
        self.press(plan, order, line)
        self.assertEqual(str(order.vas_deliver_to), f"{DAY} 03:20:00")
        self.assertIn("as agreed with the customer", order.message_ids[0].body)

    def test_later_window_without_room_is_no_remedy(self):
        """Nothing is proposed that a press would refuse."""
        full = self.order(
            self.shipper2, self.a, self.c, 12000, 60, vas_deliver_to=f"{DAY} 05:00:00"
        )
        self.profile.horizon_hours = 6
        self.v2.vas_start_outlet_id = False
        _plan, _order, line = self.left(
            *(self.a, self.c, 10, 1),
            plan_with=full,
            vas_deliver_to=f"{DAY} 03:00:00",
        )
        self.assertEqual(line.reason, "time_window")
        self.assertFalse(line.cure_label)
        self.assertIn("20 min", line.cure)

    def test_promise_is_kept_before_it_is_moved(self):
        """A vehicle nearer by keeps the window: it is proposed, not a later hour."""
        plan, order, line = self.left(
            *(self.b, self.c, 10, 1),
            vas_deliver_to=f"{DAY} 02:00:00",
        )
        self.assertEqual((line.reason, line.cure_kind), ("time_window", "vehicle"))
        self.assertEqual(line.cure_vehicle_id, self.v2)
        self.press(plan, order, line)
        self.assertEqual(str(order.vas_deliver_to), f"{DAY} 02:00:00")

    def test_working_time_of_drivers_is_another_reason(self):
        self.profile.driver_hours = 3
        _plan, _order, line = self.left(
            self.a, self.c, 10, 1, vas_deliver_to=f"{DAY} 20:00:00"
        )
        self.assertEqual(line.reason, "hours")
        self.assertIn("20 min too long", line.explanation)
        self.assertFalse(line.cure_kind)

    def test_no_vehicle_is_free(self):
        taken = self.plan(self.order(self.shipper2, self.a, self.c, 1, 1), self.v1)
        taken.action_plan()
        taken.action_accept()
        _plan, _order, line = self.left(self.a, self.c, 10, 1)
        self.assertEqual(line.reason, "no_vehicle")
        self.assertIn("No vehicle of the plan is free", line.explanation)

    def test_lane_is_added_by_who_may(self):
        island = self.outlet("Island")
        plan, order, line = self.left(self.a, island, 10, 1)
        self.assertEqual((line.reason, line.cure_kind), ("unreachable", "lane"))
        officer = new_test_user(
            self.env,
            "cure-officer",
            "vas_logistics.group_vas_logistics_officer",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.assertFalse(line.with_user(officer).cure_label)
        self.assertIn("Ask the administrator", line.with_user(officer).cure)
        self.assertEqual(line.cure_label, "Add Lane")
        context = line.action_cure()["context"]
        self.assertEqual(
            (context["default_origin_id"], context["default_destination_id"]),
            (self.a.id, island.id),
        )
        self.lane(self.a, island, 30)
        plan.action_replan()
        self.assertEqual(plan.proposal_ids.picking_ids, order)

    def test_taken_off_goes_back_where_it_costs_least(self):
        orders = self.example_orders()
        plan = self.plan(orders)
        plan.action_plan()
        trip = plan.proposal_ids
        plan.action_move_order(orders[1].id)
        self.press(plan, orders[1], plan.unserved_ids)
        self.assertEqual(trip.picking_ids, orders)
        # A second press, on a screen that was not drawn again.
        plan.action_move_order(orders[1].id)
        line = plan.unserved_ids
        line.action_cure()
        with self.assertRaises(UserError):
            line.action_cure()

    def test_decided_plan_has_no_buttons(self):
        good = self.order(self.shipper2, self.a, self.c, 10, 1)
        plan, _order, line = self.left(
            *(self.a, self.c, 10, 1),
            plan_with=good,
            vas_deliver_to=f"{DAY} 03:00:00",
        )
        self.assertTrue(line.cure_label)
        plan.action_accept()
        self.assertFalse(line.cure_label)

    def test_who_only_looks_may_not_press(self):
        plan, _order, line = self.left(
            self.a, self.c, 10, 1, vas_deliver_to=f"{DAY} 03:00:00"
        )
        reader = new_test_user(
            self.env,
            "cure-reader",
            "vas_logistics.group_vas_logistics_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.assertIn("20 min", line.with_user(reader).cure_label)
        with self.assertRaises(AccessError):
            line.with_user(reader).action_cure()
        board = self.env["vas.codelivery.plan"].get_board(plan.id)
        (order,) = board["orders"].values()
        self.assertEqual(order["why"]["kind"], "window")
        self.assertEqual(order["why"]["line"], line.id)

    def test_queries_do_not_grow_with_what_is_left(self):
        def queries(count):
            orders = self.env["stock.picking"].create(
                [
                    self.order_values(self.shipper1, self.a, self.c, 15000, 1)
                    for _number in range(count)
                ]
            )
            plan = self.plan(orders, self.v1)
            problem = plan._prepare_problem(orders, self.v1)
            unserved = dict.fromkeys((str(key) for key in orders.ids), "capacity")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = plan._get_remedies(problem, unserved)
            self.assertEqual(len(found), count)
            return self.env.cr.sql_log_count - before

        self.larger()
        queries(1)
        self.assertEqual(queries(1), queries(30))
