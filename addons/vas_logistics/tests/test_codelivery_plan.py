from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LogisticsCommon


@tagged("post_install", "-at_install")
class TestCodeliveryPlan(LogisticsCommon):
    def test_example_is_combined(self):
        """COD-03: 1/2 + 1/3 truck ride together, full-load rate 83.33 %."""
        orders = self.example_orders()
        plan = self.plan(orders)
        plan.action_plan()
        self.assertEqual(plan.state, "planned")
        trip = plan.proposal_ids
        self.assertEqual(len(trip), 1)
        self.assertEqual(trip.vehicle_id, self.v1)
        self.assertEqual(trip.picking_ids, orders)
        self.assertEqual(trip.stop_ids.outlet_id, self.a | self.b | self.c)
        self.assertEqual(trip.stop_ids.mapped("kg"), [6000, 10000, 0])
        self.assertAlmostEqual(trip.load_rate, 0.8333, places=4)
        self.assertAlmostEqual(plan.load_rate, 0.8333, places=4)
        self.assertEqual(trip.km, 200)
        self.assertEqual(trip.cost, 1500)
        # Alone: 500 + 200 km × 5 from A, and 500 + 100 km × 5 from B.
        self.assertEqual(plan.separate_cost, 2500)
        self.assertEqual(plan.saving, 1000)
        self.assertAlmostEqual(plan.saving_rate, 0.4)
        self.assertEqual(plan.served_text, "2 / 2")

    def test_accept_makes_a_normal_batch(self):
        orders = self.example_orders()
        plan = self.plan(orders)
        plan.action_plan()
        plan.action_accept()
        self.assertEqual(plan.state, "accepted")
        batch = plan.proposal_ids.batch_id
        self.assertEqual(batch.state, "in_progress")
        self.assertEqual(batch.picking_ids, orders)
        self.assertEqual(batch.vehicle_id, self.v1)
        self.assertEqual(batch.driver_id, self.v1.driver_id)
        self.assertAlmostEqual(batch.vas_load_rate, 0.8333, places=4)
        self.assertEqual(set(orders.mapped("state")), {"assigned"})
        for order in orders:
            self.assertEqual(
                order.move_ids.location_id, order.vas_origin_id.location_id
            )
            self.assertEqual(
                order.move_ids.location_dest_id, order.vas_destination_id.location_id
            )
        plan.action_accept()
        self.assertEqual(
            self.env["stock.picking.batch"].search_count(
                [("vas_proposal_id.plan_id", "=", plan.id)]
            ),
            1,
        )

    def test_too_full_is_not_combined(self):
        """COD-03: 1/2 + 2/3 is more than one truck."""
        orders = self.order(self.shipper1, self.a, self.c, 6000, 30) | self.order(
            self.shipper2, self.b, self.c, 8000, 40
        )
        plan = self.plan(orders)
        plan.action_plan()
        self.assertEqual(len(plan.proposal_ids), 2)
        self.assertFalse(plan.unserved_ids)
        self.assertTrue(all(len(t.picking_ids) == 1 for t in plan.proposal_ids))

    def test_exactly_full_is_combined(self):
        """COD-03: 1/2 + 1/2 is a full load."""
        orders = self.order(self.shipper1, self.a, self.c, 6000, 30) | self.order(
            self.shipper2, self.b, self.c, 6000, 30
        )
        plan = self.plan(orders)
        plan.action_plan()
        self.assertEqual(len(plan.proposal_ids), 1)
        self.assertAlmostEqual(plan.proposal_ids.load_rate, 1)

    def test_batch_is_validated_like_any_other(self):
        """From the plan to goods of the shipper at the destination."""
        product = self.env["product.product"].create(
            {"name": "Stored", "type": "consu", "is_storable": True, "weight": 600}
        )
        self.env["stock.quant"]._update_available_quantity(
            product, self.a.location_id, 10, owner_id=self.shipper1
        )
        order = self.order(self.shipper1, self.a, self.c, 0, 30)
        order.move_ids.product_id = product
        plan = self.plan(order)
        plan.action_plan()
        plan.action_accept()
        batch = plan.proposal_ids.batch_id
        self.assertEqual(order.vas_kg, 6000)
        self.assertEqual(order.state, "assigned")
        batch.action_done()
        self.assertEqual(batch.state, "done")
        quant = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("quantity", ">", 0)]
        )
        self.assertEqual(quant.location_id, self.c.location_id)
        self.assertEqual(quant.owner_id, self.shipper1)

    def test_nothing_to_plan(self):
        plan = self.plan(self.env["stock.picking"])
        with self.assertRaisesRegex(UserError, "has no orders"):
            plan.action_plan()
        self.assertEqual(plan.state, "draft")
