from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import DAY, LogisticsCommon


@tagged("post_install", "-at_install")
class TestTransportOrder(LogisticsCommon):
    def test_number_is_the_systems(self):
        """ORD-01: a number typed by the user is ignored."""
        orders = self.env["stock.picking"].create(
            [
                self.order_values(self.shipper1, self.a, self.b, 1, 1, name="MINE"),
                self.order_values(self.shipper1, self.a, self.b, 1, 1),
            ]
        )
        self.assertNotIn("MINE", orders.mapped("name"))
        self.assertEqual(len(set(orders.mapped("name"))), 2)
        self.assertTrue(all(n.startswith("TO/") for n in orders.mapped("name")))

    def test_each_company_has_its_own_type_and_numbers(self):
        other = self.env["res.company"].create({"name": "Second Carrier"})
        kind = self.env["stock.picking.type"]._get_vas_transport_type(other)
        self.assertEqual(kind.company_id, other)
        self.assertNotEqual(kind.sequence_id, self.type.sequence_id)
        self.assertEqual(kind.sequence_id.company_id, other)

    def test_the_type_speaks_every_installed_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        other = self.env["res.company"].create({"name": "Third Carrier"})
        kind = self.env["stock.picking.type"]._get_vas_transport_type(other)
        self.assertEqual(kind.name, "Transport Orders")
        self.assertEqual(kind.with_context(lang="zh_CN").name, "运输订单")

    def test_routing(self):
        """ORD-03, ORD-04 and AMB-15; a new pair is a record, not code."""
        outlet = {code: self.outlet(f"{code}-1", code) for code in self.level}
        orders = self.env["stock.picking"].create(
            [
                self.order_values(self.shipper1, outlet[start], outlet[end], 1, 1)
                for start, end in (
                    ("county", "town"),
                    ("city", "county"),
                    ("town", "county"),
                    ("town", "city"),
                    ("city", "province"),
                )
            ]
        )
        self.assertEqual(
            orders.mapped(lambda order: (order.vas_routing_code, order.vas_handler)),
            [
                ("county_town", "outlet"),
                ("city_county", "outlet"),
                ("county_town", "outlet"),
                ("city_town", "centre"),
                ("province_city", "centre"),
            ],
        )
        self.assertIn("not listed", orders[3].vas_routing_reason)
        self.env["vas.routing.level"].create(
            {
                "name": "Town to city",
                "origin_level_id": self.level["town"].id,
                "destination_level_id": self.level["city"].id,
                "handler": "outlet",
            }
        )
        later = orders[3].copy()
        self.assertEqual(later.vas_routing_code, "town_city")
        self.assertEqual(later.vas_handler, "outlet")

    def test_load_from_products_or_declared(self):
        order = self.order(self.shipper1, self.a, self.b, 0, 0)
        self.assertEqual((order.vas_kg, order.vas_m3), (1000, 5))
        order.move_ids.product_uom_qty = 20
        self.assertEqual((order.vas_kg, order.vas_m3), (2000, 10))
        order.vas_declared_kg = 750.5
        self.assertEqual((order.vas_kg, order.vas_m3), (750.5, 10))

    def test_load_in_pounds_and_cubic_feet(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("product.weight_in_lbs", "1")
        parameters.set_param("product.volume_in_cubic_feet", "1")
        order = self.order(self.shipper1, self.a, self.b, 0, 0)
        self.assertAlmostEqual(order.vas_kg, 453.592, places=2)
        self.assertAlmostEqual(order.vas_m3, 0.142, places=3)
        self.v1.invalidate_recordset()
        self.assertAlmostEqual(self.v1.vas_kg_capacity, 12000 * 0.453592, places=1)

    def test_priority_without_grade(self):
        order = self.order(self.shipper1, self.a, self.b, 1, 1)
        expected = self.shipper1.vas_shipping_priority or 9
        self.assertEqual(order.vas_priority, expected)

    def test_priority_from_the_grade(self):
        """GRD-09: the priority of the shipper's treatment, kept once shipped."""
        treatment = self.env["vas.treatment"].search(
            [("shipping_priority", ">", 0), ("grade_id", "!=", False)],
            order="shipping_priority",
            limit=1,
        )
        order = self.order(self.shipper1, self.a, self.b, 1, 1)
        self.shipper1.with_company(self.company).write(
            {
                "vas_customer_class_id": treatment.class_id.id,
                "vas_grade_id": treatment.grade_id.id,
            }
        )
        self.assertEqual(order.vas_priority, treatment.shipping_priority)

    def test_bad_input(self):
        """ORD-06: refused with the order, the field and what was expected."""
        with self.assertRaisesRegex(ValidationError, "Pickup Until.*Pickup From"):
            self.order(
                self.shipper1,
                self.a,
                self.b,
                1,
                1,
                vas_pickup_from=f"{DAY} 10:00:00",
                vas_pickup_to=f"{DAY} 09:00:00",
            )
        with self.assertRaisesRegex(ValidationError, "different outlets"):
            self.order(self.shipper1, self.a, self.a, 1, 1)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.order(self.shipper1, self.a, self.b, -1, 1).flush_recordset()

    def test_incomplete_order_is_not_confirmed(self):
        order = self.order(self.env["res.partner"], self.a, self.b, 0, 0)
        order.vas_destination_id = False
        order.move_ids.unlink()
        with self.assertRaisesRegex(UserError, "Shipper, Destination, Pieces, Weight"):
            order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_form(self):
        view = "vas_logistics.stock_picking_view_form_transport"
        orders = self.env["stock.picking"].with_context(vas_transport_order=True)
        with Form(orders, view) as form:
            form.owner_id = self.shipper1
            form.vas_origin_id = self.a
            form.vas_destination_id = self.c
            form.vas_declared_kg = 6000
            form.vas_declared_m3 = 30
        order = form.save()
        self.assertEqual(order.picking_type_id, self.type)
        self.assertEqual(order.vas_handler, "centre")
        self.assertEqual(order.location_id, self.a.location_id)
        self.assertEqual(order.location_dest_id, self.c.location_id)

    def test_driver_feedback(self):
        """ORD-05: arrived without report is listed; one report settles it."""
        orders = self.example_orders()
        waiting = [("vas_waiting_feedback", "=", True), ("id", "in", orders.ids)]
        with self.assertRaisesRegex(UserError, "not on its way"):
            orders.action_vas_feedback()
        plan = self.plan(orders)
        plan.action_plan()
        plan.action_accept()
        with freeze_time(f"{DAY} 01:00:00"):
            self.assertFalse(self.env["stock.picking"].search(waiting))
        with freeze_time(f"{DAY} 20:00:00"):
            self.assertEqual(self.env["stock.picking"].search(waiting), orders)
            orders.invalidate_recordset(["vas_waiting_feedback"])
            self.assertTrue(all(orders.mapped("vas_waiting_feedback")))
            orders[0].action_vas_feedback()
            self.assertEqual(self.env["stock.picking"].search(waiting), orders[1])
            first = orders[0].vas_feedback_date
        with freeze_time(f"{DAY} 21:00:00"):
            orders[0].action_vas_feedback()
        self.assertEqual(orders[0].vas_feedback_date, first)
        self.assertEqual(orders[0].vas_feedback_user_id, self.env.user)

    def test_other_transfers_are_left_alone(self):
        kind = self.warehouse.out_type_id
        picking = self.env["stock.picking"].create(
            {"picking_type_id": kind.id, "name": "FREE-NAME"}
        )
        self.assertEqual(picking.name, "FREE-NAME")
        self.assertFalse(picking.vas_is_transport)
        self.assertFalse(picking.vas_priority)
        picking.action_confirm()


@tagged("post_install", "-at_install")
class TestNetwork(LogisticsCommon):
    @mute_logger("odoo.sql_db")
    def test_lane_constraints(self):
        lanes = self.env["vas.lane"]
        pair = {"origin_id": self.b.id, "destination_id": self.a.id}
        for values in (
            {**pair, "distance_km": 10},
            {"origin_id": self.a.id, "destination_id": self.a.id, "distance_km": 1},
        ):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                lanes.create(values)
        lane = lanes.search([("origin_id", "=", self.a.id)], limit=1)
        for values in ({"distance_km": 0}, {"drive_hours": -1}):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                lane.write(values)
                lane.flush_recordset()

    def test_outlet_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Second Carrier"})
        foreign = self.env["vas.outlet"].create(
            {
                "name": "X",
                "code": "X",
                "level_id": self.level["city"].id,
                "company_id": other.id,
            }
        )
        with self.assertRaises(UserError):
            self.env["vas.lane"].create(
                {
                    "origin_id": self.a.id,
                    "destination_id": foreign.id,
                    "distance_km": 5,
                }
            )

    def test_vehicle_length_is_a_soft_check(self):
        """FLT-01: 7.5 and 18 m are fine, 7.4 and 18.1 m warn and are saved."""
        shortest, longest = self.env["fleet.vehicle"]._get_vas_length_range()
        self.v1.category_id = self.env.ref("vas_logistics.vehicle_class_7_5_box")
        self.v1.vas_length_m = shortest
        self.assertFalse(self.v1.vas_warning)
        for length in (shortest - 0.1, longest + 0.1):
            self.v1.vas_length_m = length
            self.assertIn("outside the range", self.v1.vas_warning)
        self.v1.vas_length_m = 9.6
        self.assertIn("does not belong to class", self.v1.vas_warning)

    def test_negative_numbers_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "V1.*must not be negative"):
            self.v1.vas_cost_per_km = -1
        with self.assertRaisesRegex(ValidationError, "must not be negative"):
            self.truck_class.weight_capacity = -1
        with self.assertRaisesRegex(ValidationError, "greater than zero"):
            self.profile.speed_kmh = 0

    def test_outlet_counts_open_orders(self):
        self.example_orders()
        outlets = self.a | self.b | self.c
        self.assertEqual(outlets.mapped("open_order_count"), [1, 1, 0])
        action = self.a.action_view_open_orders()
        self.assertEqual(self.env["stock.picking"].search_count(action["domain"]), 1)
