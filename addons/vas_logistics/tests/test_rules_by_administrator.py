from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_trip_ledger import LedgerCommon


@tagged("post_install", "-at_install")
class TestWorkedExamples(LedgerCommon):
    """The catalogue's worked examples of cargo integration, through the plan."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.truck_class.write({"weight_capacity": 10000, "volume_capacity": 50})

    def planned(self, *orders, vehicles=None):
        plan = self.plan(self.env["stock.picking"].union(*orders), vehicles or self.v1)
        plan.action_plan()
        return plan

    def peak(self, trip):
        legs = trip.load_legs["legs"]
        return [max(leg[rate] for leg in legs) for rate in ("kg_rate", "m3_rate")]

    def test_heavy_and_light_goods(self):
        """RSI-02: 9 t / 15 m³ and 1 t / 33 m³ fill 100 % and 96 % of 10 t / 50 m³."""
        heavy = self.order(self.shipper1, self.a, self.c, 9000, 15)
        light = self.order(self.shipper2, self.a, self.c, 1000, 33)
        for order, kg, m3 in ((heavy, 0.9, 0.3), (light, 0.1, 0.66)):
            with self.subTest(kg=kg):
                alone = self.peak(self.planned(order).proposal_ids)
                self.assertAlmostEqual(alone[0], kg)
                self.assertAlmostEqual(alone[1], m3)
        trip = self.planned(heavy, light).proposal_ids
        self.assertEqual(trip.picking_ids, heavy | light)
        kg, m3 = self.peak(trip)
        self.assertAlmostEqual(kg, 1.0)
        self.assertAlmostEqual(m3, 0.96)
        self.assertIn("Heavy and light goods", trip.reason_text)

    def test_way_out_and_way_back(self):
        """RSI-03: an order back rides on the vehicle that returns anyway."""
        self.v1.vas_end_outlet_id = self.a
        out = self.order(self.shipper1, self.a, self.c, 6000, 20)
        back = self.order(self.shipper2, self.c, self.a, 5000, 20)
        trip = self.planned(out, back).proposal_ids
        self.assertEqual(trip.picking_ids, out | back)
        self.assertAlmostEqual(trip.km, 400)
        self.assertIn("Fills the way back", trip.reason_text)

    def test_small_customers_fill_the_vehicle_of_a_large_one(self):
        """RSI-06: 6 t and 1.5 t + 2 t are 95 % of 10 t."""
        trip = self.planned(
            self.order(self.shipper1, self.a, self.c, 6000, 10),
            self.order(self.shipper2, self.a, self.c, 1500, 2),
            self.order(self.shipper2, self.a, self.c, 2000, 2),
        ).proposal_ids
        self.assertAlmostEqual(trip.load_rate, 0.95)

    def test_vehicle_class_and_goods(self):
        """FLT-02: goods that the class does not carry, or too heavy, are refused."""
        cold = self.order(
            self.shipper1, self.a, self.c, 10, 1, vas_cargo_class_id=self.cold.id
        )
        heavy = self.order(self.shipper1, self.a, self.c, 10001, 1)
        plan = self.planned(cold, heavy)
        reasons = {one.picking_id: one.reason for one in plan.unserved_ids}
        self.assertEqual(reasons, {cold: "class", heavy: "capacity"})


@tagged("post_install", "-at_install")
class TestRulesByAdministrator(LedgerCommon):
    """What an administrator changes counts for the next order and plan."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(
            cls.env,
            "rules-admin",
            "vas_logistics.group_vas_logistics_admin",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def test_levels_and_routing(self):
        """A level below the town, and who handles it (ORD-03, ORD-04)."""
        village = (
            self.env["vas.outlet.level"]
            .with_user(self.admin)
            .create(
                {
                    "name": "Village",
                    "code": "village",
                    "rank": 5,
                    "handler": "outlet",
                }
            )
        )
        place = self.outlet("V", level_id=village.id)
        order = self.order(self.shipper1, self.a, place, 10, 1)
        self.assertEqual(order.vas_handler, "centre", "the city decides")
        self.env["vas.routing.level"].with_user(self.admin).create(
            {
                "name": "City to village",
                "code": "city-village",
                "origin_level_id": self.level["city"].id,
                "destination_level_id": village.id,
                "handler": "outlet",
            }
        )
        order = self.order(self.shipper1, self.a, place, 10, 1)
        self.assertEqual(order.vas_handler, "outlet")
        self.assertEqual(order.vas_routing_level_id.name, "City to village")

    def test_classes(self):
        """Goods of a new class, and the vehicles that carry them (FLT-02)."""
        glass = (
            self.env["vas.cargo.class"]
            .with_user(self.admin)
            .create({"name": "Glass", "code": "glass"})
        )
        order = self.order(
            self.shipper1, self.a, self.c, 10, 1, vas_cargo_class_id=glass.id
        )
        plan = self.plan(order, self.v1)
        plan.action_plan()
        self.assertEqual(plan.unserved_ids.reason, "class")
        category = self.truck_class.with_user(self.admin)
        category.vas_cargo_class_ids = [Command.link(glass.id)]
        plan.action_plan()
        self.assertEqual(plan.proposal_ids.picking_ids, order)

    def test_tariffs_and_sharing_rule(self):
        """Another price and another way of sharing, with the next trip."""
        shares = {}
        for method in ("stand_alone", "capacity_km", "shapley"):
            self.profile.with_user(self.admin).share_method = method
            plan = self.plan(self.example_orders())
            plan.action_plan()
            parts = plan.proposal_ids.share_ids
            shares[method] = tuple(sorted(parts.mapped("amount")))
            self.assertAlmostEqual(sum(shares[method]), plan.proposal_ids.cost, 2)
        self.assertGreater(len(set(shares.values())), 1, shares)
        plan.action_accept()
        ledger = self.env["vas.trip.ledger"]._make(plan.proposal_ids.batch_id)
        agreement = self.general_agreement.with_user(self.admin)
        agreement.write(
            {
                "method": "contract",
                "tariff_ids": [
                    Command.clear(),
                    Command.create({"basis": "order", "price": 321}),
                ],
            }
        )
        ledger.action_refresh()
        self.assertEqual(ledger.line_ids.mapped("charge"), [321, 321])
