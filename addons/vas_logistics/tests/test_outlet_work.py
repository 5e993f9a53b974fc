"""What outlets and call centre do with an order: levels, full loads, vehicles."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import LogisticsCommon

# The seven levels of the source and who handles them (ORD-03, ORD-04).
LISTED = {
    ("town", "town"): "outlet",
    ("county", "town"): "outlet",
    ("county", "county"): "outlet",
    ("city", "town"): "outlet",
    ("city", "county"): "outlet",
    ("city", "city"): "centre",
    ("province", "province"): "centre",
}
# All other pairs go by the higher level (AMB-15).
UNLISTED = {
    ("town", "county"): ("county_town", "outlet"),
    ("town", "city"): ("city_town", "centre"),
    ("county", "city"): ("city_county", "centre"),
    ("town", "province"): ("province_town", "centre"),
    ("county", "province"): ("province_county", "centre"),
    ("city", "province"): ("province_city", "centre"),
    ("province", "town"): ("province_town", "centre"),
    ("province", "county"): ("province_county", "centre"),
    ("province", "city"): ("province_city", "centre"),
}


@tagged("post_install", "-at_install")
class TestOutletWork(LogisticsCommon):
    def test_all_sixteen_pairs_of_levels(self):
        """ORD-03, ORD-04 and AMB-15 as one table, in one creation."""
        expected = {
            **{pair: ("_".join(pair), who) for pair, who in LISTED.items()},
            **UNLISTED,
        }
        self.assertEqual(len(expected), len(self.level) ** 2)
        ends = [
            {code: self.outlet(f"{code}-{side}", code) for code in self.level}
            for side in "od"
        ]
        orders = self.env["stock.picking"].create(
            [
                self.order_values(*(self.shipper1, ends[0][start], ends[1][end], 1, 1))
                for start, end in expected
            ]
        )
        for order, (pair, (code, handler)) in zip(
            orders, expected.items(), strict=True
        ):
            with self.subTest(pair=pair):
                self.assertEqual(order.vas_routing_code, code)
                self.assertEqual(order.vas_handler, handler)
                listed = pair in LISTED
                self.assertEqual(bool(order.vas_routing_level_id), listed)
                self.assertEqual("not listed" in order.vas_routing_reason, not listed)

    def test_full_loads_on_the_same_line(self):
        """ORD-07: goods of several shippers on one line fill one vehicle."""
        orders = self.env["stock.picking"].create(
            [
                self.order_values(shipper, self.a, self.c, 4000, 20)
                for shipper in (self.shipper1, self.shipper2, self.shipper1)
            ]
        )
        plan = self.plan(orders)
        plan.action_plan()
        self.assertFalse(plan.unserved_ids)
        trip = plan.proposal_ids
        self.assertEqual(len(trip), 1, "one full vehicle, not two half empty ones")
        self.assertEqual(trip.picking_ids, orders)
        self.assertEqual(trip.load_rate, 1)

    def trip(self, orders, vehicle):
        trip = self.env["stock.picking.batch"].create(
            {
                "company_id": self.company.id,
                "vehicle_id": vehicle.id,
                "driver_id": vehicle.driver_id.id,
                "picking_ids": [Command.set(orders.ids)],
            }
        )
        trip.action_confirm()
        return trip

    def clerk(self, login, outlet, group="officer"):
        user = new_test_user(
            self.env,
            login,
            f"vas_logistics.group_vas_logistics_{group}",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        outlet.user_ids |= user
        return user

    def test_outlet_gathers_what_the_call_centre_said(self):
        """FLT-03: the clerk finds the vehicles of her outlet and confirms them."""
        here = self.trip(self.order(self.shipper1, self.a, self.c, 1, 1), self.v1)
        there = self.trip(self.order(self.shipper1, self.b, self.c, 1, 1), self.v2)
        self.assertEqual(here.vas_start_outlet_id, self.a)
        clerk = self.clerk("gather-clerk", self.a)
        action = self.env.ref("vas_logistics.stock_picking_batch_action_gather")
        self.assertIn("my_outlet", action.context)
        trips = self.env["stock.picking.batch"].with_user(clerk)
        mine = trips.search([("vas_start_outlet_id.user_ids", "in", clerk.id)])
        self.assertEqual(mine, here)
        mine.action_vas_gathered()
        since = here.vas_gathered_date
        self.assertTrue(since)
        self.assertEqual(here.vas_gathered_user_id, clerk)
        here.action_vas_gathered()
        self.assertEqual(here.vas_gathered_user_id, clerk, "the first press counts")
        self.assertFalse(there.vas_gathered_date)
        # Another vehicle is not there yet.
        here.vehicle_id = self.v2
        self.assertFalse(here.vas_gathered_date)
        here.vehicle_id = False
        with self.assertRaisesRegex(UserError, "waits for no vehicle"):
            here.action_vas_gathered()

    def test_an_estimate_is_called_one(self):
        """The order says whether its distance is a lane or a straight line."""
        far = self.outlet("Far", latitude=31, longitude=121)
        self.a.write({"latitude": 31, "longitude": 120})
        road, guess = self.env["stock.picking"].create(
            [
                self.order_values(self.shipper1, self.a, end, 1, 1)
                for end in (self.c, far)
            ]
        )
        self.assertEqual(road.vas_distance_text, "200 km by road")
        self.profile.straight_line = False
        self.assertIn("No lane", guess.vas_distance_text)
        self.profile.write({"straight_line": True, "detour_factor": 1.3})
        guess.invalidate_recordset(["vas_distance_text"])
        # 95.3 km as the crow flies
        self.assertIn("About 124 km, estimated", guess.vas_distance_text)
        self.assertIn("straight line times 1.3", guess.vas_distance_text)

    def test_rule_is_tried_on_history_before_it_counts(self):
        """ORD-04: who would have handled past orders; then open ones follow."""
        self.outlet("T", "town")
        orders = self.env["stock.picking"].create(
            [
                self.order_values(self.shipper1, self.a, self.c, 1, 1)
                for _number in range(3)
            ]
        )
        orders.action_confirm()
        self.trip(orders[0], self.v1)
        orders[1].write({"vas_handler_override": "centre", "vas_override_reason": "X"})
        listed = self.env["vas.routing.level"].search(
            [
                ("origin_level_id", "=", self.level["city"].id),
                ("destination_level_id", "=", self.level["city"].id),
            ]
        )
        listed.active = False
        rule = listed.copy({"handler": "outlet", "active": False})
        admin = self.clerk("routing-admin", self.a, "admin")
        attempts = self.env["vas.routing.try"].with_user(admin)
        attempt = attempts.create({"routing_level_id": rule.id})
        self.assertEqual((attempt.order_count, attempt.changed_count), (2, 2))
        self.assertEqual(attempt.open_count, 1)
        self.assertEqual(attempt.line_ids.handler_before, "centre")
        self.assertEqual(attempt.line_ids.handler_now, "outlet")
        self.assertEqual(orders[2].vas_handler, "centre", "trying changes nothing")
        self.assertFalse(rule.active)
        nothing = attempts.create({"since": "2099-01-01"})
        self.assertEqual(nothing.order_count, 0)
        attempt.action_apply()
        self.assertTrue(rule.active)
        self.assertEqual(orders.mapped("vas_handler"), ["centre", "centre", "outlet"])
        with self.assertRaises(AccessError):
            attempts.with_user(self.clerk("routing-manager", self.a, "manager")).create(
                {}
            )
