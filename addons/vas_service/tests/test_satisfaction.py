"""Satisfaction: asked once, left in peace, reminded once, expired, answered once."""

from datetime import datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .sla_common import SlaCase

DAY = "2026-03-%02d 10:00:00"


@tagged("post_install", "-at_install")
class TestSatisfaction(SlaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["vas.satisfaction.rule"].search([]).action_archive()
        cls.customer.email = "customer@example.com"
        cls.rule = cls.env["vas.satisfaction.rule"].create(
            {
                "name": "All",
                "domain": f"[('team_id', '=', {cls.team.id})]",
                "template_id": cls.env.ref("vas_service.satisfaction_template").id,
                "delay_hours": 1,
                "throttle_days": 30,
                "reminder_days": 5,
                "expiry_days": 14,
                "low_score": "1",
                "recovery_priority": "2",
            }
        )
        cls.requests = cls.env["vas.satisfaction.request"]

    def _ticket(self, **values):
        return (
            self.env["helpdesk.ticket"]
            .with_context(tracking_disable=False)
            .create(
                {
                    "name": "Printer",
                    "description": "<p>x</p>",
                    "team_id": self.team.id,
                    "partner_id": self.customer.id,
                    "user_id": self.agent.id,
                }
                | values
            )
        )

    def _solved(self, day=2, **values):
        with freeze_time(DAY % day):
            ticket = self._ticket(**values)
            ticket.with_user(self.agent).stage_id = self.done
        return ticket

    def _run(self, day):
        with freeze_time(DAY % day), self.enter_registry_test_mode():
            self.env.ref("vas_service.ir_cron_satisfaction").method_direct_trigger()
        self.env.invalidate_all()

    def _asked(self):
        return self._solved().sudo().vas_satisfaction_ids

    def test_asked_after_the_delay_and_once(self):
        request = self._asked()
        self.assertEqual(request.state, "waiting")
        self.assertEqual(request.user_id, self.agent)
        self._run(2)
        self.assertEqual(request.state, "waiting", "the delay of an hour")
        self._run(3)
        self.assertEqual(request.state, "sent")
        mails = self.env["mail.message"].search_count(
            [
                ("model", "=", "helpdesk.ticket"),
                ("res_id", "=", request.ticket_id.id),
                ("subject", "ilike", "How satisfied"),
            ]
        )
        self.assertEqual(mails, 1)
        self._run(4)
        self.assertEqual(request.sent_at, datetime(2026, 3, 3, 10))
        # Closed a second time: not asked again.
        request.ticket_id.stage_id = self.progress
        request.ticket_id.stage_id = self.done
        self.assertEqual(request.ticket_id.vas_satisfaction_ids, request)

    def test_reminded_once_then_expired(self):
        request = self._asked()
        self._run(3)
        self._run(9)
        self.assertEqual(request.reminded_at, datetime(2026, 3, 9, 10))
        self._run(12)
        self.assertEqual(request.reminded_at, datetime(2026, 3, 9, 10))
        self.assertEqual(request.state, "sent")
        self._run(18)
        self.assertEqual(request.state, "expired")
        self.assertEqual(request.answer_rate, 0.0)
        with self.assertRaisesRegex(UserError, "expired"):
            request.ticket_id.rating_apply(5, rating=request.rating_id)

    def test_left_in_peace(self):
        first = self._asked()
        second = self._solved(5).vas_satisfaction_ids
        self.assertEqual(second.state, "throttled")
        other = self.env["res.partner"].create({"name": "Other"})
        self.assertEqual(
            self._solved(5, partner_id=other.id).vas_satisfaction_ids.state, "waiting"
        )
        self.assertEqual(first.state, "waiting")
        with freeze_time("2026-04-20 10:00:00"):
            later = self._ticket()
            later.stage_id = self.done
        self.assertEqual(later.vas_satisfaction_ids.state, "waiting")

    def test_one_answer(self):
        request = self._asked()
        self._run(3)
        with freeze_time(DAY % 4):
            request.ticket_id.rating_apply(
                5, token=request.rating_id.access_token, feedback="Quick"
            )
            self.assertRecordValues(
                request,
                [
                    {
                        "state": "answered",
                        "score": 5,
                        "opinion": "5",
                        "feedback": "Quick",
                        "answer_rate": 100,
                        "satisfied_rate": 100,
                    }
                ],
            )
            self.assertFalse(request.recovery_ticket_id)
            with self.assertRaisesRegex(UserError, "already answered"):
                request.ticket_id.rating_apply(1, token=request.rating_id.access_token)
        self.assertEqual(request.rating_id.rating, 5)

    def test_low_answer_opens_one_ticket(self):
        request = self._asked()
        self._run(3)
        with freeze_time(DAY % 4):
            request.ticket_id.rating_apply(1, rating=request.rating_id, feedback="Slow")
        recovery = request.recovery_ticket_id
        self.assertEqual(recovery.vas_recovers_id, request.ticket_id)
        self.assertEqual(recovery.team_id, self.team)
        self.assertEqual(recovery.priority, "2")
        self.assertFalse(recovery.user_id)
        self.assertIn("Slow", recovery.description)
        self.assertTrue(recovery.vas_clock_ids, "a promise runs on it as on any ticket")
        recovery.stage_id = self.done
        self.assertFalse(recovery.vas_satisfaction_ids, "no survey about a survey")

    def test_not_asked_about_cancelled_or_opened_again(self):
        with freeze_time(DAY % 2):
            ticket = self._ticket()
            ticket.stage_id = self.cancelled
            self.assertFalse(ticket.vas_satisfaction_ids)
        ticket = self._solved()
        ticket.stage_id = self.progress
        self._run(3)
        self.assertEqual(ticket.vas_satisfaction_ids.state, "cancelled")

    def test_bad_rules_are_refused(self):
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.rule.domain = "[('nothing', '=', 1)]"
        self.env.invalidate_all()
        with self.assertRaises(ValidationError), self.cr.savepoint():
            self.rule.domain = "oops("
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.rule.with_user(self.agent).throttle_days = 0

    def test_closing_many_asks_in_one_go(self):
        def close(count):
            partners = self.env["res.partner"].create(
                [{"name": f"P{number}"} for number in range(count)]
            )
            tickets = self.env["helpdesk.ticket"].create(
                [
                    {
                        "name": "T",
                        "description": "x",
                        "team_id": self.team.id,
                        "partner_id": partner.id,
                    }
                    for partner in partners
                ]
            )
            tickets.closed_date = datetime(2026, 3, 2)
            self.env.flush_all()
            super_tickets = tickets.with_context(vas_no_survey=True)
            super_tickets.stage_id = self.done
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            made = self.requests._ask_about(tickets)
            self.env.flush_all()
            self.assertEqual(len(made), count)
            return self.cr.sql_log_count - before

        close(1)
        self.assertLessEqual(close(50), close(1))

    def test_agents_see_answers_about_themselves_only(self):
        request = self._asked()
        self.assertTrue(self.requests.with_user(self.agent).search_count([]) >= 1)
        other = self._solved(2, user_id=False, partner_id=self.team.user_id.id or 1)
        foreign = other.sudo().vas_satisfaction_ids
        visible = self.requests.with_user(self.agent).search([])
        self.assertIn(request, visible)
        self.assertNotIn(foreign, visible)
