"""Complaints: apart from the service team, judged, countersigned, counted."""

from datetime import date, datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestComplaint(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(cls.env.context, tracking_disable=True, no_reset_password=True)
        )
        handler = "vas_service.group_vas_complaint_handler"
        supervisor = "vas_service.group_vas_complaint_supervisor"
        cls.handler = new_test_user(cls.env, "cmp_handler", groups=handler)
        cls.boss = new_test_user(cls.env, "cmp_boss", groups=supervisor)
        cls.agent = new_test_user(
            cls.env,
            "cmp_agent",
            groups="helpdesk_mgmt.group_helpdesk_manager,"
            "vas_service.group_vas_service_admin",
        )
        cls.bank = cls.env["res.partner"].create({"name": "Bank"})
        cls.provider = cls.env["res.partner"].create({"name": "Provider"})

    def _complaint(self, user=None, **values):
        return (
            self.env["vas.complaint"]
            .with_user(user or self.handler)
            .create(
                {
                    "name": "Nobody came",
                    "description": "<p>x</p>",
                    "partner_id": self.bank.id,
                    "about_partner_id": self.provider.id,
                }
                | values
            )
        )

    def test_the_service_team_neither_sees_nor_changes(self):
        complaint = self._complaint()
        for operation in (
            lambda: complaint.with_user(self.agent).read(["name"]),
            lambda: complaint.with_user(self.agent).write({"name": "Harmless"}),
            lambda: self._complaint(self.agent),
            lambda: complaint.with_user(self.agent).action_judge(),
            lambda: complaint.with_user(self.agent).unlink(),
        ):
            with self.assertRaises(AccessError):
                operation()

    def test_the_service_team_cannot_be_handler(self):
        """CMP-04: whoever belongs to the after-sales service handles no complaint."""
        complaint = self._complaint()
        with self.assertRaisesRegex(ValidationError, "belongs to the service team"):
            complaint.user_id = self.agent
        # Which groups that are is data.
        group = self.env.ref("base.group_partner_manager")
        outsider = new_test_user(
            self.env, "cmp_x", groups="base.group_user,base.group_partner_manager"
        )
        complaint.user_id = outsider
        group.vas_complaint_barred = True
        with self.assertRaises(ValidationError):
            complaint.user_id = outsider
            complaint._check_independent()

    def test_a_handler_who_joins_the_service_team_judges_no_more(self):
        complaint = self._complaint()
        self.handler.group_ids += self.env.ref("helpdesk_mgmt.group_helpdesk_user")
        with self.assertRaisesRegex(AccessError, "service team"):
            complaint.action_take()

    def test_about_the_desk_goes_to_the_supervision(self):
        """CMP-04: a complaint about the hotline goes to the supervision."""
        complaint = self._complaint(self.boss, about_desk=True)
        with self.assertRaises(AccessError):
            complaint.with_user(self.handler).read(["name"])
        with self.assertRaisesRegex(ValidationError, "only the supervision"):
            complaint.user_id = self.handler
        complaint.user_id = self.boss

    def test_nobody_handles_a_complaint_about_themselves(self):
        complaint = self._complaint(self.boss, about_user_id=self.handler.id)
        with self.assertRaises(AccessError):
            complaint.with_user(self.handler).read(["name"])
        with self.assertRaisesRegex(ValidationError, "cannot handle it"):
            complaint.user_id = self.handler

    def test_only_established_and_countersigned_counts(self):
        """CMP-10: only what is judged established counts."""
        complaint = self._complaint()
        complaint.action_take()
        self.assertEqual(complaint.user_id, self.handler)
        with self.assertRaisesRegex(UserError, "established, and why"):
            complaint.action_judge()
        complaint.write({"verdict": "established", "verdict_reason": "Log shows it"})
        complaint.action_judge()
        self.assertEqual(complaint.state, "judged")
        self.assertFalse(complaint.counts)
        with self.assertRaises(AccessError):
            complaint.action_confirm()
        complaint.with_user(self.boss).action_confirm()
        self.assertTrue(complaint.counts)
        with self.assertRaisesRegex(UserError, "no longer be changed"):
            complaint.verdict = "not_established"
        with self.assertRaises(UserError):
            complaint.with_user(self.boss).unlink()
        complaint.with_user(self.boss).action_back()
        self.assertFalse(complaint.counts)
        self.assertEqual(complaint.state, "review")

    def test_nobody_countersigns_their_own_verdict(self):
        complaint = self._complaint(
            self.boss, verdict="established", verdict_reason="x"
        )
        complaint.action_judge()
        with self.assertRaisesRegex(UserError, "judged it yourself"):
            complaint.action_confirm()

    def test_without_countersignature_it_counts_at_once(self):
        self.env["ir.config_parameter"].set_param(
            "vas_service.complaint_countersign", False
        )
        complaint = self._complaint(verdict="established", verdict_reason="x")
        complaint.action_judge()
        self.assertTrue(complaint.counts)

    def test_the_kpi_counts_established_complaints_only(self):
        metric = self.env.ref("vas_service.metric_established_complaints")
        for verdict, confirm in (
            ("established", True),
            ("established", True),
            ("not_established", True),
            ("established", False),
        ):
            complaint = self._complaint(verdict=verdict, verdict_reason="x")
            complaint.action_judge()
            if confirm:
                with freeze_time("2026-03-10 10:00:00"):
                    complaint.with_user(self.boss).action_confirm()
        suggestion = self._complaint(
            kind="suggestion", verdict="established", verdict_reason="x"
        )
        suggestion.action_judge()
        suggestion.with_user(self.boss).action_confirm()
        self.env.flush_all()
        month = (date(2026, 3, 1), date(2026, 3, 31))
        measured = metric._measure(self.provider | self.bank, *month, self.env.company)
        self.assertEqual(measured[self.provider.id].value, 2)
        self.assertEqual(measured[self.bank.id].value, 0)

    def test_suggestions_are_rewarded_when_adopted(self):
        """CMP-03: adopted suggestions are rewarded."""
        suggestion = self._complaint(kind="suggestion", about_partner_id=False)
        with self.assertRaisesRegex(UserError, "only adopted"):
            suggestion.action_reward()
        suggestion.write({"verdict": "established", "verdict_reason": "Good"})
        suggestion.action_judge()
        suggestion.with_user(self.boss).action_confirm()
        with self.assertRaisesRegex(UserError, "what the reward is"):
            suggestion.action_reward()
        suggestion.write({"reward": "Gift card", "reward_amount": 100})
        suggestion.action_reward()
        self.assertTrue(suggestion.rewarded_on)
        self.assertFalse(suggestion.counts)
        self.assertEqual(suggestion._get_portal_status(), "Adopted")

    def test_first_reply_is_kept(self):
        """CMP-08: when the first answer was given."""
        complaint = self._complaint()
        complaint.message_post(body="note", subtype_xmlid="mail.mt_note")
        self.assertFalse(complaint.first_reply_date)
        complaint.message_post(
            body="We look into it.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertTrue(complaint.first_reply_date)

    def test_numbers_are_given_once(self):
        pair = self._complaint() | self._complaint()
        self.assertEqual(len(set(pair.mapped("number"))), 2)
        self.assertNotIn("/", pair.mapped("number"))
        self.assertLess(pair[0].date, datetime(2100, 1, 1))
