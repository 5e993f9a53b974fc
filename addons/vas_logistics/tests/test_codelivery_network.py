import base64
from datetime import date, datetime
from random import Random

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.insertion import Network
from .common import DAY, LogisticsCommon


@tagged("post_install", "-at_install")
class TestCodeliveryNetwork(LogisticsCommon):
    """Working hours of outlets, prices of lanes, and who goes first, in real plans."""

    # Working hours ------------------------------------------------------------

    def test_plan_waits_until_the_outlet_opens(self):
        """Three hours and twenty minutes of road end in the lunch break."""
        self.c.calendar_id = self.calendar((1, 3), (5, 9))
        plan = self.plan(self.order(self.shipper1, self.a, self.c, 500, 2), self.v1)
        plan.action_plan()
        stop = plan.proposal_ids.stop_ids[-1]
        self.assertEqual(stop.outlet_id, self.c)
        self.assertEqual(stop.date_departure, datetime(2030, 5, 6, 5))
        self.assertFalse(plan.unserved_ids)

    def test_holiday_leaves_the_order_behind_and_says_why(self):
        self.c.calendar_id = self.calendar((0, 24))
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.c.calendar_id.id,
                "company_id": self.company.id,
                "date_from": f"{DAY} 00:00:00",
                "date_to": "2030-05-07 23:59:59",
            }
        )
        plan = self.plan(self.order(self.shipper1, self.a, self.c, 500, 2), self.v1)
        plan.action_plan()
        self.assertEqual(plan.unserved_ids.reason, "time_window")
        self.assertGreater(plan.unserved_ids.missing_hours, 0)
        self.assertEqual(plan.unserved_ids.closed_outlet_id, self.c)
        self.assertIn("comes to C while it is open", plan.unserved_ids.explanation)
        self.assertIn("Let C stay open", plan.unserved_ids.cure)

    def test_opening_hours_as_the_planner_gets_them(self):
        start = datetime(2030, 5, 6)
        self.a.calendar_id = self.calendar((8, 12), (13, 17))
        self.b.calendar_id = self.calendar((0, 24))
        hours = (self.a | self.b | self.c)._get_opening_hours(start, 24)
        self.assertEqual(hours, {str(self.a.id): ((8.0, 12.0), (13.0, 17.0))})
        shanghai = self.calendar((8, 12), tz="Asia/Shanghai")
        self.b.calendar_id = shanghai
        hours = self.b._get_opening_hours(start, 24)
        self.assertEqual(hours, {str(self.b.id): ((0.0, 4.0),)})
        # Over midnight without a gap.
        self.b.calendar_id = self.calendar((0, 2), (20, 24))
        hours = self.b._get_opening_hours(start, 48)
        self.assertEqual(
            hours[str(self.b.id)], ((0.0, 2.0), (20.0, 26.0), (44.0, 48.0))
        )

    def test_plan_again_leaves_what_a_closed_outlet_cannot_take(self):
        orders = self.order(self.shipper1, self.a, self.c, 500, 2) | self.order(
            self.shipper2, self.a, self.b, 500, 2
        )
        plan = self.plan(orders, self.v1)
        plan.action_plan()
        self.assertEqual(plan.proposal_ids.picking_ids, orders)
        self.c.calendar_id = self.calendar((0, 1))
        plan.action_replan()
        self.assertEqual(plan.unserved_ids.picking_id, orders[0])
        self.assertEqual(plan.proposal_ids.picking_ids, orders[1])

    def test_board_says_that_an_outlet_is_closed(self):
        """The same hours count when a trip is changed by hand: nobody works after
        closing without a reason."""
        first = self.order(self.shipper1, self.a, self.c, 500, 2)
        other = self.order(self.shipper2, self.b, self.c, 500, 2)
        plan = self.plan(first | other)
        plan.action_plan()
        plan.action_move_order(other.id)
        trip = plan.proposal_ids.filtered(lambda trip: first in trip.picking_ids)
        self.assertEqual(plan.check_move(other.id, trip.id)["level"], "ok")
        # B is half way: whoever goes there from A is late by 40 minutes.
        self.b.calendar_id = self.calendar((0, 1))
        answer = plan.check_move(other.id, trip.id)
        self.assertEqual(answer["level"], "warning")
        self.assertIn("40 min too late at B", answer["messages"][0])
        self.b.calendar_id = self.calendar((0, 1), (3, 4))
        answer = plan.check_move(other.id, trip.id)
        self.assertEqual(answer["level"], "ok")

    # Prices of lanes ------------------------------------------------------------

    def price(self, origin, destination, category, **values):
        lane = self.env["vas.lane"].search(
            [("origin_id", "=", origin.id), ("destination_id", "=", destination.id)]
        )
        return self.env["vas.lane.cost"].create(
            {"lane_id": lane.id, "category_id": category.id, **values}
        )

    def test_cheaper_class_on_the_lane_is_chosen(self):
        small = self.truck_class.copy({"name": "Small truck"})
        other = self.vehicle("SMALL", self.a, category_id=small.id)
        order = self.order(self.shipper1, self.a, self.c, 500, 2)
        plan = self.plan(order, self.v1 | other)
        plan.action_plan()
        self.assertEqual(plan.cost, 500 + 200 * 5)
        self.price(self.a, self.c, self.truck_class, toll=300)
        plan.action_replan()
        self.assertEqual(plan.proposal_ids.vehicle_id, other)
        self.price(self.a, self.c, small, cost_per_km=9)
        plan.action_replan()
        self.assertEqual(plan.proposal_ids.vehicle_id, self.v1)
        self.assertEqual(plan.cost, 500 + 200 * 5 + 300)
        share = plan.proposal_ids.share_ids
        self.assertEqual(share.amount, 1800)

    def test_lane_cost_is_one_per_class_and_says_something(self):
        cost = self.price(self.a, self.b, self.truck_class, toll=10)
        self.assertEqual(cost.lane_id.cost_text, "Test truck 12 t")
        self.assertEqual(cost.display_name, "A → B (Test truck 12 t)")
        with self.assertRaisesRegex(ValidationError, "fill in the cost per kilometre"):
            cost.toll = 0
        with self.assertRaisesRegex(ValidationError, "must not be negative"):
            cost.cost_per_km = -1
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self.price(self.a, self.b, self.truck_class, toll=5)

    def test_who_may_change_a_lane_cost(self):
        cost = self.price(self.a, self.b, self.truck_class, toll=10)
        for group, may in (("user", False), ("officer", False), ("manager", True)):
            user = new_test_user(
                self.env,
                f"lane_{group}",
                f"vas_logistics.group_vas_logistics_{group}",
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
            own = cost.with_user(user)
            self.assertEqual(own.toll, 10)
            if may:
                own.toll = 10
            else:
                with self.assertRaises(AccessError):
                    own.toll = 11

    def upload(self, text):
        wizard = self.env["vas.lane.import"].create(
            {
                "file": base64.b64encode(text.encode()),
                "file_name": "lanes.csv",
                "company_id": self.company.id,
            }
        )
        wizard.action_import()
        return wizard

    def test_import_with_prices_of_classes(self):
        text = (
            "起点,终点,公里,小时,车型,每公里费用,过路费\n"
            "A,B,100,,Test truck 12 t,4.5,30\n"
            "A,C,210,3,Test truck 12 t,,80\n"
            "A,C,210,3,Small,6,\n"
            "C,B,100,,,,\n"
        )
        self.truck_class.copy({"name": "Small"})
        wizard = self.upload(text)
        self.assertEqual((wizard.created, wizard.updated, wizard.unchanged), (0, 1, 2))
        costs = self.env["vas.lane.cost"].search([("company_id", "=", self.company.id)])
        found = {(c.display_name, c.cost_per_km, c.toll) for c in costs}
        self.assertEqual(
            found,
            {
                ("A → B (Test truck 12 t)", 4.5, 30),
                ("A → C (Test truck 12 t)", 0, 80),
                ("A → C (Small)", 6, 0),
            },
        )
        self.upload(text.replace("4.5,30", "4.6,30"))
        self.assertEqual(len(costs.exists()), 3)
        self.assertEqual(sum(costs.mapped("cost_per_km")), 4.6 + 6)

    def test_import_says_what_is_wrong_with_prices(self):
        head = "origin,destination,km,class,cost per km,toll\n"
        for rows, text in (
            ("A,B,100,,4,\n", "Row 2: a cost per kilometre or a toll needs"),
            ("A,B,100,Test truck 12 t,,\n", "Row 2: class Test truck 12 t needs"),
            ("A,B,100,Balloon,4,\n", "Row 2: there is no vehicle class Balloon"),
            ("A,B,100,Test truck 12 t,x,\n", "Row 2: “x” must be a number"),
            (
                "A,B,100,Test truck 12 t,4,\nA,B,101,Balloon,4,\n",
                "Row 3: A → B has another distance",
            ),
            (
                "A,B,100,Test truck 12 t,4,\nA,B,100,Test truck 12 t,5,\n",
                "Row 3: A → B is given twice",
            ),
        ):
            with self.assertRaisesRegex(UserError, text):
                self.upload(head + rows)
        self.assertFalse(
            self.env["vas.lane.cost"].search([("company_id", "=", self.company.id)])
        )

    # Who goes first ------------------------------------------------------------

    def test_priority_is_never_left_behind_in_a_full_day(self):
        """A random day with too few vehicles: nobody of a better priority could take
        the place of an ordinary order of some trip."""
        dice = Random(11)
        places = self.a, self.b, self.c
        values = []
        for _number in range(24):
            origin, destination = dice.sample(places, 2)
            values.append(
                self.order_values(
                    dice.choice((self.shipper1, self.shipper2)),
                    origin,
                    destination,
                    dice.uniform(500, 6000),
                    dice.uniform(2, 25),
                )
            )
        orders = self.env["stock.picking"].create(values)
        for order in orders:
            order.vas_priority = dice.choice((1, 2, 3))
        self.profile.write({"background_orders": 100, "horizon_hours": 8})
        plan = self.plan(orders)
        plan.action_plan()
        self.assertTrue(plan.unserved_ids, "the fleet must be too small to say much")
        waiting = plan.unserved_ids.picking_id
        better = [
            (order, trip)
            for order in waiting
            for trip in plan.proposal_ids
            if any(
                other.vas_priority > order.vas_priority for other in trip.picking_ids
            )
        ]
        problem = plan._prepare_problem(orders, plan.vehicle_ids)
        by_id = {order.id: order for order in problem.orders}
        fleet = {vehicle.id: vehicle for vehicle in problem.vehicles}
        network = Network(problem)
        for order, trip in better:
            wanted = by_id[str(order.id)]
            kept = [
                task
                for task in trip._get_tasks(by_id)
                if task.order.priority <= wanted.priority
            ]
            vehicle = fleet[str(trip.vehicle_id.id)]
            self.assertIsNone(network.insert(vehicle, kept, wanted))
        # Vehicles are few, but the best rank rides before the last.
        served = orders - waiting
        rate = {
            rank: len(served.filtered(lambda o, rank=rank: o.vas_priority == rank))
            / len(orders.filtered(lambda o, rank=rank: o.vas_priority == rank))
            for rank in (1, 3)
        }
        self.assertGreater(rate[1], rate[3])

    # What came in time ------------------------------------------------------------

    def on_time_rate(self, shipper):
        metric = self.env.ref("vas_logistics.metric_transport_on_time_rate")
        values = metric._measure(
            shipper, date(2030, 5, 1), date(2030, 5, 31), self.company
        )
        return values[shipper.id].value

    def due_order(self, *, delivered=None, pieces=10):
        order = self.order(
            self.shipper1, self.a, self.c, 100, 1, vas_deliver_to=f"{DAY} 12:00:00"
        )
        order.action_confirm()
        if delivered:
            order.move_ids.write({"quantity": pieces, "picked": True})
            order.with_context(skip_backorder=True).button_validate()
            self.assertEqual(order.state, "done")
            order.vas_feedback_date = delivered
        return order

    def test_d5_an_order_that_never_came_counts(self):
        """D5: core leaves what was never received out of its on-time rate."""
        self.due_order(delivered=f"{DAY} 11:00:00")
        never = self.due_order()
        self.assertEqual(self.on_time_rate(self.shipper1), 0.5)
        never.action_cancel()
        self.assertEqual(self.on_time_rate(self.shipper1), 1)
        self.due_order(delivered=f"{DAY} 12:00:01")
        self.assertEqual(self.on_time_rate(self.shipper1), 0.5)

    def test_d6_more_than_ordered_is_not_better_than_all(self):
        """D6: core counts 120 pieces of 100 as 120 % in time."""
        order = self.due_order(delivered=f"{DAY} 11:00:00", pieces=12)
        self.assertEqual(order.vas_on_time_share, 1)
        self.assertEqual(self.on_time_rate(self.shipper1), 1)
