from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import LogisticsCommon


@tagged("post_install", "-at_install")
class TestDispatchBoard(LogisticsCommon):
    def planned(self, orders=None):
        plan = self.plan(orders or self.example_orders())
        plan.action_plan()
        return plan

    def board(self, plan):
        return self.env["vas.codelivery.plan"].get_board(plan.id)

    def test_board_tells_trips_loads_and_reasons(self):
        too_large = self.order(self.shipper1, self.a, self.c, 90000, 1)
        plan = self.planned(self.example_orders() | too_large)
        board = self.board(plan)
        [trip] = board["trips"]
        self.assertEqual(trip["vehicle"]["name"], "V1")
        self.assertEqual([leg["kg"] for leg in trip["legs"]], [6000, 10000])
        self.assertEqual(board["plan"]["served"], 2)
        self.assertEqual(board["unplanned"], too_large.ids)
        why = board["orders"][too_large.id]["why"]
        self.assertEqual(why["code"], "capacity")
        self.assertFalse(why["possible"])
        self.assertTrue(why["text"] and why["cure"])
        self.assertEqual([v["id"] for v in board["vehicles"]], self.v2.ids)

    def test_newest_open_plan_or_none(self):
        plans = self.env["vas.codelivery.plan"]
        empty = plans.get_board()
        self.assertFalse(empty["plan"])
        self.example_orders()
        plan = plans.browse(plans.create_for_board())
        self.assertEqual(len(plan.picking_ids), 2)
        self.assertEqual(plan.vehicle_ids, self.v1 | self.v2)
        self.assertEqual(plans.get_board()["plan"]["id"], plan.id)

    def test_moves_of_the_board(self):
        """What a drag calls: off the trip, back, on a vehicle of its own."""
        plan = self.planned()
        order = plan.picking_ids[0]
        answer = plan.action_move_order(order.id, False, None, False)
        self.assertTrue(answer["written"])
        self.assertIn(order.id, self.board(plan)["unplanned"])
        [trip] = plan.proposal_ids.filtered(lambda trip: trip.state == "proposed")
        answer = plan.action_move_order(order.id, trip.id, None, False)
        self.assertTrue(answer["written"])
        board = self.board(plan)
        self.assertNotIn(order.id, board["unplanned"])
        moved = next(t for t in board["trips"] if t["id"] == answer["proposal_id"])
        self.assertIn(order.id, moved["pinned"])

    def test_constant_number_of_queries(self):
        def queries(plan):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.board(plan)
            return self.env.cr.sql_log_count - before

        few = self.planned()
        self.board(few)
        small = queries(few)
        vehicles = self.v1 | self.v2
        for number in range(8):
            vehicles |= self.vehicle(f"W{number}", self.a)
        orders = self.env["stock.picking"].create(
            [
                self.order_values(self.shipper1, self.a, self.c, 11000, 10)
                for _number in range(8)
            ]
        )
        many = self.plan(orders, vehicles)
        many.action_plan()
        self.assertGreater(len(many.proposal_ids), 5)
        self.assertLessEqual(queries(many), small)

    def test_version_names_who_changed(self):
        plan = self.planned()
        before = plan.get_board_version()
        other = new_test_user(
            self.env,
            "board-other",
            "vas_logistics.group_vas_logistics_officer",
            name="Li",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        order = plan.picking_ids[0]
        plan.with_user(other).action_move_order(order.id, False, None, False)
        after = plan.get_board_version()
        self.assertNotEqual(before["version"], after["version"])

    def test_rights(self):
        plan = self.planned()
        user, nobody = (
            new_test_user(
                self.env,
                f"board-{group.replace('.', '-')}",
                group,
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
            for group in ("vas_logistics.group_vas_logistics_user", "base.group_user")
        )
        self.assertFalse(
            self.env["vas.codelivery.plan"]
            .with_user(user)
            .get_board(plan.id)["plan"]["writable"]
        )
        with self.assertRaises(AccessError):
            plan.with_user(user).action_move_order(plan.picking_ids[0].id)
        with self.assertRaises(AccessError):
            self.env["vas.codelivery.plan"].with_user(nobody).get_board(plan.id)


@tagged("post_install", "-at_install")
class TestAcceptMany(LogisticsCommon):
    def trips(self, count):
        vehicles = self.env["fleet.vehicle"].browse()
        for number in range(count):
            vehicles |= self.vehicle(f"X{count}-{number}", self.a)
        orders = self.env["stock.picking"].create(
            [
                self.order_values(self.shipper1, self.a, self.c, 11000, 10)
                for _number in range(count)
            ]
        )
        plan = self.plan(orders, vehicles)
        plan.action_plan()
        self.assertEqual(len(plan.proposal_ids), count)
        return plan

    def test_accepting_is_set_based(self):
        """One more trip costs few queries more, however many there are."""

        def queries(plan):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            plan.action_accept()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        first, second = self.trips(2), self.trips(10)
        few, many = queries(first), queries(second)
        self.assertLess((many - few) / 8, 60)
        batches = second.proposal_ids.batch_id
        self.assertEqual(len(batches), 10)
        self.assertEqual(set(batches.mapped("state")), {"in_progress"})
        self.assertTrue(all(batches.mapped("vas_driver_token")))
        for trip in second.proposal_ids:
            self.assertEqual(trip.batch_id.vehicle_id, trip.vehicle_id)
            self.assertEqual(trip.batch_id.picking_ids, trip.picking_ids)
            self.assertEqual(trip.batch_id.scheduled_date, trip.date_start)
            self.assertEqual(trip.batch_id.end_date, trip.date_end)
        second.action_accept()
        self.assertEqual(second.proposal_ids.batch_id, batches)
