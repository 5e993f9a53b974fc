from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import DAY, LogisticsCommon


@tagged("post_install", "-at_install")
class TestConsigneeHours(LogisticsCommon):
    """Who takes the goods, and who hands them over, has hours too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinic, cls.yard = cls.env["res.partner"].create(
            [
                {"name": "Clinic", "company_id": cls.company.id},
                {"name": "Yard", "company_id": cls.company.id},
            ]
        )

    def opens(self, partner, *hours):
        partner.with_company(self.company).vas_calendar_id = self.calendar(*hours)

    def to_clinic(self, **values):
        return self.order(
            self.shipper1,
            *(self.a, self.c, 500, 2),
            **{"partner_id": self.clinic.id, **values},
        )

    def planned(self, orders, vehicles=None):
        plan = self.plan(orders, vehicles or self.v1)
        plan.action_plan()
        return plan

    def test_plan_waits_until_the_consignee_opens(self):
        """Three hours and twenty minutes of road end in the lunch break."""
        self.opens(self.clinic, (1, 3), (5, 9))
        plan = self.planned(self.to_clinic())
        stop = plan.proposal_ids.stop_ids[-1]
        self.assertEqual(str(stop.date_departure), f"{DAY} 05:00:00")

    def test_pickup_address_and_hours_of_the_company_behind_an_address(self):
        self.opens(self.yard, (2, 4))
        gate = self.env["res.partner"].create(
            {"name": "Gate 3", "parent_id": self.yard.id, "type": "other"}
        )
        self.yard.is_company = True
        order = self.order(
            self.shipper1,
            *(self.b, self.c, 500, 2),
            vas_pickup_partner_id=gate.id,
        )
        trip = self.planned(order).proposal_ids
        loading = trip.stop_ids.filtered(lambda stop: stop.pickup_ids)
        self.assertEqual(str(loading.date_departure), f"{DAY} 02:00:00")

    def test_hours_are_those_of_the_own_company(self):
        other = self.env["res.company"].create({"name": "Other carrier"})
        calendar = self.calendar((8, 9))
        calendar.company_id = False
        self.clinic.company_id = False
        self.clinic.with_company(other).vas_calendar_id = calendar
        start = self.plan(self.to_clinic()).date_start
        hours = self.clinic._get_vas_loading_hours(self.company, start, 24)
        self.assertEqual(hours, {})
        hours = self.clinic._get_vas_loading_hours(other, start, 24)
        self.assertEqual(hours, {self.clinic.id: ((8.0, 9.0),)})

    def test_outlet_and_consignee_that_never_meet_are_both_named(self):
        self.c.calendar_id = self.calendar((4, 8))
        self.opens(self.clinic, (10, 14))
        line = self.planned(self.to_clinic()).unserved_ids
        self.assertEqual(line.reason, "time_window")
        self.assertTrue(line.never_open)
        self.assertIn("working hours of C, loading hours of Clinic", line.explanation)
        self.assertIn("Change one of them", line.cure)

    def test_window_and_consignee_that_never_meet_are_both_named(self):
        self.opens(self.clinic, (10, 14))
        order = self.to_clinic(vas_deliver_to=f"{DAY} 08:00:00")
        line = self.planned(order).unserved_ids
        self.assertIn(
            "loading hours of Clinic, delivery window of the order", line.explanation
        )
        self.assertFalse(line.closed_outlet_id)

    def test_three_that_meet_in_pairs_only(self):
        self.c.calendar_id = self.calendar((4, 8), (12, 14))
        self.opens(self.clinic, (7, 11), (13, 15))
        order = self.to_clinic(
            vas_deliver_from=f"{DAY} 10:00:00", vas_deliver_to=f"{DAY} 12:30:00"
        )
        line = self.planned(order).unserved_ids
        for name in ("hours of C,", "hours of Clinic,", "window of the order"):
            self.assertIn(name, line.explanation)

    def test_consignee_that_closes_too_early_is_named(self):
        self.opens(self.clinic, (0, 3))
        line = self.planned(self.to_clinic()).unserved_ids
        self.assertEqual(line.closed_partner_id, self.clinic)
        self.assertFalse(line.never_open)
        self.assertIn("comes to Clinic while it is open", line.explanation)
        self.assertIn("20 min late", line.explanation)

    def test_board_checks_the_consignee_like_the_outlet(self):
        first = self.order(self.shipper2, self.a, self.c, 500, 2)
        other = self.to_clinic(vas_origin_id=self.b.id)
        plan = self.planned(first | other, self.v1 | self.v2)
        plan.action_move_order(other.id)
        trip = plan.proposal_ids.filtered(lambda trip: first in trip.picking_ids)
        self.assertEqual(plan.check_move(other.id, trip.id)["level"], "ok")
        self.opens(self.clinic, (0, 3))
        answer = plan.check_move(other.id, trip.id)
        self.assertEqual(answer["level"], "warning")
        self.assertIn("20 min too late for Clinic", answer["messages"][0])

    def test_queries_do_not_grow_with_the_addresses(self):
        def queries(count):
            partners = self.env["res.partner"].create(
                [{"name": f"P{n}", "company_id": self.company.id} for n in range(count)]
            )
            calendar = self.calendar((8, 12), (13, 17))
            partners.with_company(self.company).vas_calendar_id = calendar
            orders = self.env["stock.picking"].create(
                [
                    self.order_values(
                        *(self.shipper1, self.a, self.c, 10, 1), partner_id=partner.id
                    )
                    for partner in partners
                ]
            )
            plan = self.plan(orders)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            plan._prepare_problem(orders, plan.vehicle_ids)
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(20), queries(1))

    def test_fields_on_the_screens(self):
        user = new_test_user(
            self.env,
            "hours-officer",
            "vas_logistics.group_vas_logistics_officer,base.group_partner_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        calendar = self.calendar((8, 12))
        partner = self.clinic.with_user(user).with_company(self.company)
        with Form(partner, "base.view_partner_form") as form:
            form.vas_calendar_id = calendar
        self.assertEqual(partner.vas_calendar_id, calendar)
        orders = self.env["stock.picking"].with_user(user)
        orders = orders.with_context(vas_transport_order=True)
        view = "vas_logistics.stock_picking_view_form_transport"
        with Form(orders, view) as form:
            form.owner_id = self.shipper1
            form.vas_origin_id = self.a
            form.vas_destination_id = self.c
            form.partner_id = self.clinic
            form.vas_pickup_partner_id = self.yard
            form.vas_declared_kg = 60
        self.assertEqual(form.record.vas_pickup_partner_id, self.yard)
