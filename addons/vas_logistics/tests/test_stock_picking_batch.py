from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import LogisticsCommon


@tagged("post_install", "-at_install")
class TestBatchLoad(LogisticsCommon):
    def batch(self, orders, vehicle=None):
        return self.env["stock.picking.batch"].create(
            {
                "company_id": self.company.id,
                "picking_type_id": self.type.id,
                "vehicle_id": (vehicle or self.v1).id,
                "picking_ids": [Command.set(orders.ids)],
            }
        )

    def test_several_batches_read_together(self):
        """Core adds the loads of all batches it reads; ours stay apart."""
        first = self.batch(self.order(self.shipper1, self.a, self.c, 300, 1))
        second = self.batch(self.order(self.shipper2, self.a, self.c, 6000, 1))
        both = first | second
        both.invalidate_recordset()
        self.assertEqual(
            [round(rate, 4) for rate in both.mapped("vas_load_rate")], [0.025, 0.5]
        )
        self.assertEqual(both[0].vas_load_legs["legs"][0]["kg"], 300)
        self.assertEqual(both[1].vas_load_legs["legs"][0]["kg"], 6000)

    def test_load_rate_follows_the_orders(self):
        batch = self.batch(self.order(self.shipper1, self.a, self.c, 6000, 12))
        self.assertEqual(batch.vas_load_rate, 0.5)
        batch.picking_ids.vas_declared_m3 = 60
        self.assertEqual(batch.vas_load_rate, 1)
        batch.vehicle_id.category_id.volume_capacity = 120
        self.assertEqual(batch.vas_load_rate, 0.5)

    def test_too_heavy_and_too_large_are_refused(self):
        """FLT-02: weight above the standard is refused; volume counts as well."""
        heavy = self.batch(self.order(self.shipper1, self.a, self.c, 12120, 1))
        with self.assertRaisesRegex(UserError, "leg 1 is over by 120 kg"):
            heavy.action_confirm()
        light = self.batch(self.order(self.shipper1, self.a, self.c, 10, 90))
        with self.assertRaisesRegex(UserError, "30.0 m³"):
            light.action_confirm()
        self.assertEqual(light.state, "draft")

    def test_wrong_cargo_class_warns(self):
        """FLT-02: the wrong vehicle type is a warning on a trip made by hand."""
        order = self.order(
            self.shipper1, self.a, self.c, 10, 1, vas_cargo_class_id=self.cold.id
        )
        batch = self.batch(order)
        self.assertIn("not meant for", batch.vas_warning)
        batch.action_confirm()
        self.assertEqual(batch.state, "in_progress")

    def test_load_per_leg_only_counts_what_is_on_board(self):
        """Two full loads one after the other are never on board together."""
        orders = self.order(self.shipper1, self.a, self.b, 12000, 10) | self.order(
            self.shipper2, self.b, self.c, 12000, 10
        )
        plan = self.plan(orders, self.v1)
        plan.action_plan()
        plan.action_accept()
        batch = plan.proposal_ids.batch_id
        self.assertEqual(batch.picking_ids, orders)
        self.assertEqual(
            [leg["kg"] for leg in batch.vas_load_legs["legs"]], [12000] * 2
        )
        self.assertEqual(batch.vas_load_rate, 1)

    def test_cancelled_trip_frees_its_orders(self):
        orders = self.example_orders()
        plan = self.plan(orders)
        plan.action_plan()
        plan.action_accept()
        plan.proposal_ids.batch_id.action_cancel()
        self.assertFalse(orders.batch_id)
        self.assertFalse(any(orders.mapped("vas_planned_arrival")))
        self.assertEqual(plan.state, "planned")
        plan.action_plan()
        self.assertEqual(plan.served_count, 2)
        plan.action_accept()
        self.assertEqual(len(plan.proposal_ids.batch_id.picking_ids), 2)
