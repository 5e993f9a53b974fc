from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from ..tools.problem import Solution
from .common import DAY, LogisticsCommon


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
        self.assertAlmostEqual(plan.max_load_rate, 0.8333, places=4)
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

    def test_unserved_orders_say_why(self):
        island = self.outlet("Island")
        cases = {
            "capacity": self.order(self.shipper1, self.a, self.c, 12001, 1),
            "class": self.order(
                self.shipper1, self.a, self.c, 1, 1, vas_cargo_class_id=self.cold.id
            ),
            "unreachable": self.order(self.shipper1, self.a, island, 1, 1),
            "time_window": self.order(
                self.shipper1, self.a, self.c, 1, 1, vas_deliver_to=f"{DAY} 02:00:00"
            ),
        }
        orders = self.env["stock.picking"].concat(*cases.values())
        good = self.order(self.shipper1, self.a, self.c, 1, 1)
        plan = self.plan(orders | good)
        plan.action_plan()
        self.assertEqual(plan.served_text, "1 / 5")
        reasons = {line.picking_id: line for line in plan.unserved_ids}
        for reason, order in cases.items():
            self.assertEqual(reasons[order].reason, reason)
            self.assertTrue(reasons[order].explanation)
            self.assertTrue(reasons[order].cure)
        self.assertIn("12000 kg", reasons[cases["capacity"]].explanation)
        self.assertIn(self.cold.name, reasons[cases["class"]].explanation)

    def test_better_customers_go_first(self):
        self.v1.category_id = self.truck_class
        first = self.order(
            self.shipper1, self.a, self.c, 8000, 20, vas_deliver_to=f"{DAY} 05:00:00"
        )
        second = self.order(
            self.shipper2, self.a, self.c, 8000, 20, vas_deliver_to=f"{DAY} 05:00:00"
        )
        first.vas_priority, second.vas_priority = 5, 1
        plan = self.plan(first | second, self.v1)
        plan.action_plan()
        self.assertEqual(plan.proposal_ids.picking_ids, second)
        self.assertEqual(plan.unserved_ids.picking_id, first)
        self.assertEqual(plan.unserved_ids.reason, "no_vehicle")

    def test_load_limit_of_the_profile(self):
        """AMB-16 is a field: at 80 % of a truck 1/2 + 1/3 no longer ride together."""
        self.profile.max_load_rate = 0.8
        plan = self.plan(self.example_orders())
        plan.action_plan()
        self.assertEqual(len(plan.proposal_ids), 2)
        self.assertAlmostEqual(max(plan.proposal_ids.mapped("load_rate")), 0.5)

    def test_shares_add_up_and_nobody_pays_more_than_alone(self):
        orders = self.example_orders()
        plan = self.plan(orders)
        plan.action_plan()
        shares = plan.proposal_ids.share_ids
        self.assertEqual(shares.partner_id, self.shipper1 | self.shipper2)
        self.assertEqual(shares.mapped("separate_cost"), [1500, 1000])
        self.assertEqual(shares.mapped("amount"), [900, 600])
        self.assertEqual(shares.mapped("saving"), [600, 400])
        self.profile.share_method = "tonne_km"
        plan.action_plan()
        # 6 t × 200 km against 4 t × 100 km: three quarters to one.
        self.assertEqual(plan.proposal_ids.share_ids.mapped("amount"), [1125, 375])

    def test_planning_twice_doubles_nothing(self):
        plan = self.plan(self.example_orders())
        plan.action_plan()
        plan.action_plan()
        self.assertEqual(len(plan.proposal_ids), 1)
        self.assertEqual(plan.proposal_ids.share_ids.mapped("amount"), [900, 600])

    def test_accepted_trips_are_never_touched_again(self):
        orders = self.order(self.shipper1, self.a, self.c, 6000, 30) | self.order(
            self.shipper2, self.b, self.c, 8000, 40
        )
        plan = self.plan(orders)
        plan.action_plan()
        accepted, rejected = plan.proposal_ids
        accepted.action_accept()
        batch = accepted.batch_id
        self.assertEqual(plan.state, "planned")
        rejected.action_reject()
        self.assertEqual(plan.state, "accepted")
        with self.assertRaisesRegex(UserError, "is Accepted"):
            plan.action_plan()
        plan = self.plan(orders)
        plan.action_plan()
        self.assertEqual(plan.proposal_ids.vehicle_id, rejected.vehicle_id)
        self.assertEqual(plan.proposal_ids.picking_ids, rejected.picking_ids)
        self.assertEqual(batch.state, "in_progress")
        self.assertEqual(accepted.batch_id, batch)

    def test_accept_twice_and_reject_after(self):
        plan = self.plan(self.example_orders())
        plan.action_plan()
        trip = plan.proposal_ids
        trip.action_accept()
        batch = trip.batch_id
        trip.action_accept()
        self.assertEqual(trip.batch_id, batch)
        with self.assertRaisesRegex(UserError, "cancel its batch"):
            trip.action_reject()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            plan.unlink()

    def test_two_plans_for_the_same_orders(self):
        orders = self.example_orders()
        plans = self.plan(orders) | self.plan(orders)
        for plan in plans:
            plan.action_plan()
        plans[0].action_accept()
        with self.assertRaisesRegex(UserError, orders[0].name):
            plans[1].action_accept()
        self.assertFalse(plans[1].proposal_ids.batch_id)

    def test_vehicle_is_busy(self):
        first = self.plan(self.order(self.shipper1, self.a, self.c, 1, 1), self.v1)
        second = self.plan(self.order(self.shipper1, self.a, self.c, 1, 1), self.v1)
        (first | second).action_plan()
        first.action_accept()
        with self.assertRaisesRegex(UserError, "another trip"):
            second.action_accept()
        second.action_plan()
        self.assertEqual(second.unserved_ids.reason, "no_vehicle")

    def test_wrong_plan_is_refused(self):
        """The independent check stands between the engine and the records."""
        plan = self.plan(self.example_orders())

        class Forgetful:
            def solve(self, problem, seconds, seed=0, report=None, stopped=None):
                return Solution((), {})

        with patch.object(
            type(plan), "_get_solver", lambda self, background=False: Forgetful()
        ):
            plan.action_plan()
        self.assertEqual(plan.state, "draft")
        self.assertIn("forgotten", plan.failure)
        self.assertIn(self.profile.display_name, plan.failure)
        self.assertFalse(plan.proposal_ids)

    def test_many_orders_run_as_a_job(self):
        self.profile.background_orders = 1
        plan = self.plan(self.example_orders())
        with trap_jobs() as trap:
            plan.action_plan()
            plan.action_plan()
            trap.assert_jobs_count(1, only=plan._run_plan)
            self.assertEqual(plan.state, "running")
            trap.perform_enqueued_jobs()
        self.assertEqual(plan.state, "planned")
        self.assertEqual(plan.served_count, 2)

    def test_job_of_a_cancelled_plan_does_nothing(self):
        self.profile.background_orders = 1
        plan = self.plan(self.example_orders())
        with trap_jobs() as trap:
            plan.action_plan()
            plan.action_cancel()
            trap.perform_enqueued_jobs()
        self.assertEqual(plan.state, "cancelled")
        self.assertFalse(plan.proposal_ids)
        plan.action_draft()
        plan.action_plan()

    def test_not_ready(self):
        """Clear messages; nothing is half planned."""
        orders = self.example_orders()
        plan = self.plan(orders)
        self.truck_class.volume_capacity = 0
        with self.assertRaisesRegex(UserError, "V1.*weight and a volume"):
            plan.action_plan()
        self.truck_class.volume_capacity = 60
        self.v2.vas_start_outlet_id = False
        with self.assertRaisesRegex(UserError, "V2.*where it starts"):
            plan.action_plan()
        plan.vehicle_ids = self.v1
        orders[0].owner_id = False
        with self.assertRaisesRegex(UserError, f"{orders[0].name}.*Shipper"):
            plan.action_plan()
        plan.vehicle_ids = [Command.clear()]
        with self.assertRaisesRegex(UserError, "no vehicles"):
            plan.action_plan()
        self.assertEqual(plan.state, "draft")

    def test_load_open_orders_by_handler(self):
        centre = self.example_orders()
        county = self.outlet("County", "county")
        own = self.order(self.shipper1, self.a, county, 1, 1)
        plan = self.plan(self.env["stock.picking"], vehicle_ids=[Command.clear()])
        plan.action_load_orders()
        self.assertEqual(plan.picking_ids, centre)
        self.assertEqual(plan.vehicle_ids, self.v1 | self.v2)
        plan.handler_filter = "outlet"
        plan.action_load_orders()
        self.assertEqual(plan.picking_ids, own)
        plan.handler_filter = "all"
        plan.action_load_orders()
        self.assertEqual(plan.picking_ids, centre | own)

    def test_load_bar_data(self):
        plan = self.plan(self.example_orders())
        plan.action_plan()
        bar = plan.proposal_ids.load_legs
        self.assertEqual([leg["kg"] for leg in bar["legs"]], [6000, 10000])
        self.assertAlmostEqual(bar["legs"][1]["m3_rate"], 0.8333, places=4)
        self.assertEqual(bar["warning"], 0.9)
        chain = plan.proposal_ids.stop_chain
        self.assertEqual([stop["outlet"] for stop in chain], ["A", "B", "C"])
        self.assertEqual(len(chain[2]["deliveries"]), 2)
