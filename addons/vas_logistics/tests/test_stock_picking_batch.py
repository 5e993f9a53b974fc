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

    def packed(self, **package):
        """An order of 100 kg and 0.9 m³ in one package."""
        self.product.write({"weight": 10, "volume": 0.09})
        kind = self.env["stock.package.type"].create(
            {
                "name": "Pallet",
                "packaging_length": 1200,
                "width": 800,
                "height": 1500,
                "base_weight": 25,
            }
        )
        order = self.order(self.shipper1, self.a, self.c, 0, 0)
        order.action_confirm()
        move = order.move_ids
        move.quantity = 10
        move.move_line_ids.result_package_id = self.env["stock.package"].create(
            {"name": f"PACK {package}", "package_type_id": kind.id, **package}
        )
        return order

    def test_weighed_package(self):
        """D2: core gives such a package no volume."""
        order = self.packed(shipping_weight=120)
        self.assertAlmostEqual(order.vas_kg, 120)
        self.assertAlmostEqual(order.vas_m3, 1.44)

    def test_package_that_was_not_weighed(self):
        """D3: tare and contents; the room is the package's, not both."""
        order = self.packed()
        self.assertAlmostEqual(order.vas_kg, 125)
        self.assertAlmostEqual(order.vas_m3, 1.44)

    def test_load_is_fresh_within_a_transaction(self):
        """D4: percentages of core stay stale until the cache is emptied."""
        order = self.order(self.shipper1, self.a, self.c, 0, 0)
        batch = self.batch(order)
        self.assertAlmostEqual(batch.vas_load_rate, 1000 / 12000)
        order.move_ids.product_uom_qty = 60
        self.assertAlmostEqual(batch.vas_load_rate, 6000 / 12000)
        self.assertAlmostEqual(batch.vas_load_legs["legs"][0]["kg"], 6000)

    def test_light_goods_are_split_by_volume(self):
        """D7: 90 m³ of light goods do not ride on 60 m³ because they are light."""
        orders = self.env["stock.picking"].create(
            [
                self.order_values(self.shipper1, self.a, self.c, 10, 30)
                for _number in range(3)
            ]
        )
        self.v2.vas_start_outlet_id = self.a
        plan = self.plan(orders)
        plan.action_plan()
        self.assertEqual(plan.served_count, 3)
        self.assertEqual(len(plan.proposal_ids), 2)
        self.assertTrue(all(trip.load_rate <= 1 for trip in plan.proposal_ids))

    def test_lists_of_batches_cost_the_same(self):
        """D1: one list of many batches, a constant number of queries."""
        names = ["name", "vehicle_id", "driver_id", "vas_load_rate", "vas_trip_status"]

        def queries(batches):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            batches.web_read({name: {} for name in [*names, "vas_load_legs"]})
            return self.env.cr.sql_log_count - before

        batches = self.env["stock.picking.batch"]
        for number in range(12):
            batches |= self.batch(
                self.order(self.shipper1, self.a, self.c, 100 * (number + 1), 1)
            )
        queries(batches[:1])
        self.assertEqual(queries(batches), queries(batches[:1]))
        self.assertEqual(
            [leg["legs"][0]["kg"] for leg in batches.mapped("vas_load_legs")],
            [100 * (number + 1) for number in range(12)],
        )
