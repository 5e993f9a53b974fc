"""Line demands of group customers: TEL-02…05, SKP-02. 5 March 2026 is a Thursday."""

from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged

from ..tools.odometer import CalendarSpec, Odometer

UTC = timezone.utc
SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = [(9 * 3600, 12 * 3600), (13 * 3600, 18 * 3600)]
WEEK = [OFFICE] * 5 + [[]] * 2
THURSDAY = datetime(2026, 3, 5, 2, 0)
AVAILABLE = {"vas_core_finding": "available", "vas_access_finding": "available"}
WORK = {"vas_core_finding": "available", "vas_access_finding": "work"}


@tagged("post_install", "-at_install")
class TestTelecom(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(cls.env.context, tracking_disable=True, no_reset_password=True)
        )
        cls.customer = cls.env["res.partner"].create({"name": "Group"})
        cls.support = cls.env.ref("vas_service.team_support_centre")
        cls.done = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        cls.done.mail_template_id = False

    def ref(self, name):
        return self.env.ref(f"vas_service.{name}")

    def _demand(self, code="new", **values):
        return self.env["helpdesk.ticket"].create(
            {
                "name": "Line",
                "description": "-",
                "partner_id": self.customer.id,
                "vas_line": "L-1",
                "vas_demand_type_id": self.ref(f"demand_type_{code}").id,
                **values,
            }
        )

    def _clock(self, ticket, field="vas_replied_at"):
        key = f"internal:date:{field}"
        return ticket.vas_clock_ids.filtered(lambda clock: clock.key == key)

    def _due(self, ticket, field="vas_replied_at"):
        deadline = self._clock(ticket, field).deadline.replace(tzinfo=UTC)
        return deadline.astimezone(SHANGHAI).date()

    # -- limits -------------------------------------------------------------

    def test_limits_of_the_resource_confirmation(self):
        """Received Thursday 5 March; the weekend is between."""
        lacking = {"vas_core_finding": "lacking"}
        for findings, day, case in (
            (AVAILABLE, 9, "available"),
            (lacking, 10, "core_lacking"),
            (WORK | {"vas_points": 1}, 9, "segment_single"),
            (WORK | {"vas_points": 2}, 12, "segment_many"),
            (WORK | {"vas_points": 3}, 12, "segment_many"),
        ):
            with self.subTest(findings=findings), freeze_time(THURSDAY):
                ticket = self._demand(vas_form_received_at=THURSDAY)
                self.assertEqual(
                    self._due(ticket), date(2026, 3, 9), "the shortest until known"
                )
                ticket.write(findings)
                self.assertEqual(ticket.vas_resource_case_id.code, case)
                self.assertEqual(self._due(ticket), date(2026, 3, day))

    def test_a_later_finding_counts_from_the_receipt(self):
        with freeze_time(THURSDAY):
            ticket = self._demand(vas_form_received_at=THURSDAY)
        with freeze_time("2026-03-06 06:00:00"):
            ticket.write(WORK | {"vas_points": 3})
        self.assertEqual(self._due(ticket), date(2026, 3, 12))
        self.assertEqual(len(self._clock(ticket)), 1, "one clock, changed")

    def test_exactly_two_points_is_a_record(self):
        """AMB-30, the other reading: only more than two points are “more”."""
        self.ref("resource_case_segment_single").points_to = 2
        self.ref("resource_case_segment_many").points_from = 3
        with freeze_time(THURSDAY):
            ticket = self._demand(vas_form_received_at=THURSDAY, **WORK, vas_points=2)
        self.assertEqual(self._due(ticket), date(2026, 3, 9))

    def test_day_of_receipt_may_count(self):
        """AMB-30: 2 working days with the day of receipt end on Friday."""
        self.ref("sla_policy_line_available_reply").day_mode = "first_day_counts"
        with freeze_time(THURSDAY):
            ticket = self._demand(vas_form_received_at=THURSDAY)
        self.assertEqual(self._due(ticket), date(2026, 3, 6))

    def test_template_of_a_product_that_is_not_mature(self):
        """TEL-03: asked on Thursday 5 March, due on Tuesday the 10th."""
        ticket = self._demand(vas_maturity="new")
        self.assertEqual(ticket.team_id, self.ref("team_group_customers"))
        self.assertFalse(self._clock(ticket, "vas_template_done_at"))
        with freeze_time(THURSDAY):
            ticket.action_vas_ask_template()
        self.assertEqual(ticket.team_id, self.support, "handed over")
        self.assertEqual(self._due(ticket, "vas_template_done_at"), date(2026, 3, 10))
        with freeze_time("2026-03-10 09:00:00"):
            ticket.action_vas_template_done()
        self.assertEqual(self._clock(ticket, "vas_template_done_at").outcome, "met")
        self.assertEqual(ticket.team_id, self.ref("team_group_customers"))

    def test_other_tickets_have_no_such_clock(self):
        ticket = self.env["helpdesk.ticket"].create(
            {"name": "Printer", "description": "-"}
        )
        self.assertFalse(self._clock(ticket))

    # -- steps --------------------------------------------------------------

    def test_from_form_to_reply(self):
        ticket = self._demand()
        with freeze_time(THURSDAY):
            ticket.action_vas_send_form()
            ticket.action_vas_send_form()
        self.assertEqual(ticket.vas_form_received_at, THURSDAY)
        self.assertEqual(ticket.team_id, self.support)
        with self.assertRaises(ValidationError) as refused:
            ticket.action_vas_reply()
        self.assertIn("no case", str(refused.exception))
        ticket.vas_core_finding = "lacking"
        ticket.action_vas_hand_over_case()
        self.assertEqual(ticket.team_id, self.ref("team_engineering"))
        with self.assertRaises(ValidationError) as refused:
            ticket.action_vas_reply()
        self.assertIn("Supply from", str(refused.exception))
        ticket.vas_supply_date = date(2026, 4, 1)
        with freeze_time("2026-03-11 02:00:00"):
            ticket.action_vas_reply()
        self.assertEqual(self._clock(ticket).outcome, "late")
        html, kind = self.env["ir.actions.report"]._render_qweb_html(
            "vas_service.report_line_reply", ticket.ids
        )
        self.assertEqual(kind, "html")
        self.assertIn("Core network lacking", html.decode())

    def test_dates_in_the_wrong_order_are_refused(self):
        for values in (
            {"vas_replied_at": THURSDAY},
            {"vas_template_done_at": THURSDAY},
            {"vas_points": -1},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self._demand(**AVAILABLE, **values)

    # -- adjustment ---------------------------------------------------------

    def test_adjustment_runs_stop_first_then_new(self):
        """TEL-02: the new line is blocked until the stop is done."""
        ticket = self._demand("adjust")
        ticket.action_vas_split()
        ticket.action_vas_split()
        first, then = ticket.vas_part_demand_ids.sorted("id")
        self.assertEqual(
            (first | then).mapped("vas_demand_type_id.code"), ["stop", "new"]
        )
        self.assertTrue(then.vas_blocked)
        self.assertFalse(first.vas_blocked)
        with self.assertRaises(UserError):
            then.action_vas_send_form()
        with self.assertRaises(UserError):
            then.stage_id = self.done
        cancelled = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_cancelled")
        cancelled.mail_template_id = False
        first.stage_id = cancelled
        self.assertTrue(then.vas_blocked, "a cancelled stop is not done")
        first.stage_id = self.done
        self.assertFalse(then.vas_blocked)
        first.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_new")
        self.assertTrue(then.vas_blocked, "opened again")
        first.stage_id = self.done
        then.action_vas_send_form()
        self.assertTrue(then.vas_form_received_at)

    def test_only_adjustments_run_in_parts(self):
        with self.assertRaises(UserError):
            self._demand("stop").action_vas_split()

    def test_closing_many_demands_is_one_question(self):
        """Freeing what waits costs the same for one ticket and for many."""

        def queries(number):
            adjustments = [self._demand("adjust") for _index in range(number)]
            for ticket in adjustments:
                ticket.action_vas_split()
            firsts = self.env["helpdesk.ticket"].union(
                *(t.vas_part_demand_ids.sorted("id")[0] for t in adjustments)
            )
            self.env.flush_all()
            self.env.invalidate_all()
            firsts.mapped("vas_blocked_ids")
            before = self.env.cr.sql_log_count
            firsts._vas_update_blocked()
            return self.env.cr.sql_log_count - before

        self.assertEqual(queries(1), queries(5))

    # -- rights -------------------------------------------------------------

    def test_rules_are_the_administrators(self):
        agent = new_test_user(
            self.env,
            "line_agent",
            "vas_service.group_vas_service_manager,helpdesk_mgmt.group_helpdesk_user",
        )
        ticket = self._demand().with_user(agent)
        ticket.action_vas_send_form()
        self.assertTrue(ticket.vas_form_received_at)
        for name in ("resource_case_available", "demand_type_new"):
            with self.assertRaises(AccessError):
                self.ref(name).with_user(agent).write({"sequence": 99})

    # -- scorecard ----------------------------------------------------------

    def test_timely_rate_from_the_clocks(self):
        """SKP-02: 47 of 50 answered on time: 94.0 %."""
        with freeze_time(THURSDAY):
            tickets = self.env["helpdesk.ticket"].create(
                [
                    {
                        "name": f"Line {number}",
                        "description": "-",
                        "vas_demand_type_id": self.ref("demand_type_new").id,
                        "vas_form_received_at": THURSDAY,
                        **AVAILABLE,
                    }
                    for number in range(50)
                ]
            )
        with freeze_time("2026-03-09 02:00:00"):
            tickets[:47].write({"vas_replied_at": "2026-03-09 02:00:00"})
        with freeze_time("2026-03-10 02:00:00"):
            tickets[47:].write({"vas_replied_at": "2026-03-10 02:00:00"})
        period = date(2026, 3, 1), date(2026, 3, 31)
        metric = self.ref("metric_response_resource")
        found = metric._measure(self.support, *period, self.env.company)
        self.assertAlmostEqual(found[self.support.id].value, 0.94)

    def test_activation_is_read_from_the_demands(self):
        days = ((10, 10), (12, 11), (9, 14), (20, 20))
        for activated, supply in days:
            self._demand(
                vas_supply_date=date(2026, 3, supply),
                vas_activated_on=date(2026, 3, activated),
            )
        period = date(2026, 3, 1), date(2026, 3, 31)
        for name, value in (("activation", 0.75), ("cycle", 0)):
            metric = self.ref(f"metric_response_{name}")
            found = metric._measure(self.support, *period, self.env.company)
            self.assertAlmostEqual(found[self.support.id].value, value)


@tagged("post_install", "-at_install")
class TestFirstDayCounts(TransactionCase):
    @settings(max_examples=50, deadline=None)
    @given(
        st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),
        st.integers(1, 30),
    )
    def test_counting_the_first_day_is_one_day_less(self, moment, days):
        """A start while open ends as the day before; one outside hours as usual."""
        odometer = Odometer(CalendarSpec("Asia/Shanghai", [WEEK]), 60)
        start = moment.replace(tzinfo=SHANGHAI)
        found = odometer.first_day_counts(start, days)
        self.assertGreater(found, start)
        local = start.astimezone(SHANGHAI)
        if local.weekday() < 5 and local.hour < 18:
            day = local.date()
            self.assertEqual(
                odometer.working_day(day, days - 1),
                found.astimezone(SHANGHAI).date(),
            )
        else:
            self.assertEqual(found, odometer.end_of_working_day(start, days))
