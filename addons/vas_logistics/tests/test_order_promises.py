"""Clocks on the promises of an order, whatever happens to it (ORD-05, SLA)."""

from odoo.fields import Command
from odoo.tests import tagged

from .test_trip_road import RoadCommon


@tagged("post_install", "-at_install")
class TestOrderPromises(RoadCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env.ref("vas_logistics.sla_policy_transport")
        cls.policy.state = "active"
        cls.addClassCleanup(cls.env.registry.clear_cache)
        cls.promised = cls.order(
            *(cls.shipper1, cls.a, cls.c, 10, 1), vas_deliver_to="2099-05-06 12:00:00"
        )
        cls.promised.action_confirm()

    def clock(self, kind, order=None):
        # Promises that were withdrawn are archived.
        clocks = self.env["vas.sla.clock"].with_context(active_test=False)
        clock = clocks.search(
            [
                ("res_model", "=", "stock.picking"),
                ("res_id", "=", (order or self.promised).id),
                ("kind", "=", kind),
            ]
        )
        self.assertEqual(len(clock), 1)
        return clock

    def states(self):
        """Of the promise to be on a vehicle, and of the driver's report."""
        return (
            self.clock("condition").state.replace("at_risk", "running"),
            self.clock("date").state.replace("at_risk", "running"),
        )

    def on_the_road(self):
        trip = self.accept(self.promised, self.v2)
        self.report("start", trip=trip)
        self.report("arrived", self.c, trip=trip)
        return trip

    def problem(self, trip, reason):
        reason = self.env.ref(f"vas_logistics.delivery_reason_{reason}")
        self.report(
            "problem", self.c, self.promised, trip, reason=reason.id, note="Wet"
        )

    def test_delivered(self):
        self.assertEqual(self.states(), ("running", "running"))
        trip = self.on_the_road()
        self.assertEqual(self.states(), ("met", "running"))
        self.report("delivered", self.c, self.promised, trip, receiver="Li")
        self.assertEqual(self.states(), ("met", "met"))

    def test_refused_brought_back_and_sent_again(self):
        trip = self.on_the_road()
        self.problem(trip, "refused")
        # The goods are on the vehicle still; the driver has reported.
        self.assertEqual(self.states(), ("met", "paused"))
        self.promised.action_vas_back()
        self.assertEqual(self.states(), ("running", "running"))
        self.accept(self.promised, self.v2)
        self.assertEqual(self.states(), ("met", "running"))

    def test_refused_and_closed(self):
        trip = self.on_the_road()
        self.problem(trip, "refused")
        self.promised.action_vas_back_close()
        outcomes = (self.clock("condition") | self.clock("date")).mapped("outcome")
        self.assertEqual(outcomes, ["withdrawn", "withdrawn"])

    def test_trip_cancelled_and_planned_again(self):
        trip = self.accept(self.promised, self.v2)
        trip.action_cancel()
        self.assertEqual(self.states(), ("running", "running"))
        self.accept(self.promised, self.v2)
        self.assertEqual(self.states(), ("met", "running"))

    def test_cancelled(self):
        self.promised.action_cancel()
        outcomes = (self.clock("condition") | self.clock("date")).mapped("outcome")
        self.assertEqual(outcomes, ["withdrawn", "withdrawn"])

    def test_other_delivery_time(self):
        before = self.clock("date").deadline
        self.promised.vas_deliver_to = "2099-05-06 13:00:00"
        hours = (self.clock("date").deadline - before).total_seconds() / 3600
        self.assertEqual(hours, 1)

    def test_the_promise_is_the_shippers(self):
        """Grade and class are those of who ordered, not of who receives."""
        grade = self.env["vas.grade"].search([], limit=1)
        self.assertTrue(grade)
        receiver = self.env["res.partner"].create({"name": "Receiver"})
        self.policy.grade_ids = [Command.set(grade.ids)]
        for partner in (receiver, self.shipper2):
            partner.with_company(self.company).vas_grade_id = False
        self.shipper1.with_company(self.company).vas_grade_id = grade
        mine, other = self.env["stock.picking"].create(
            [
                self.order_values(
                    *(shipper, self.a, self.c, 10, 1),
                    partner_id=partner.id,
                    vas_deliver_to="2099-05-06 12:00:00",
                )
                for shipper, partner in (
                    (self.shipper1, receiver),
                    (self.shipper2, self.shipper1),
                )
            ]
        )
        self.assertEqual(self.clock("date", mine).partner_id, self.shipper1)
        self.assertFalse(
            self.env["vas.sla.clock"].search(
                [("res_model", "=", "stock.picking"), ("res_id", "=", other.id)]
            )
        )
