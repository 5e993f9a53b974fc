from datetime import timedelta

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_grading import ON, GradingCommon


@tagged("post_install", "-at_install")
class TestGradingDecisions(GradingCommon):
    """Who decides a grade, how long it holds, and what nobody may do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.graded_customer()

    def _override(self, user, grade, days=10, partner=None, reason="Key project"):
        partner = partner or self.partner
        wizard = (
            self.env["vas.grade.override"]
            .with_user(user)
            .with_context(active_model="res.partner", active_ids=partner.ids)
            .create(
                {
                    "grade_id": grade.id,
                    "reason": reason,
                    "date_to": fields.Date.today() + timedelta(days=days),
                }
            )
        )
        wizard.action_override()
        return partner.vas_partner_grade_ids.filtered(
            lambda row: row.kind == "override" and row.is_open
        )

    # ------------------------------------------------------------------ confirming
    def test_manager_confirms_and_officer_does_not(self):
        assessment = self.assess(self.partner)
        for user in (self.salesman, self.officer, self.business):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                assessment.with_user(user).action_confirm()
        self.assertFalse(self.partner.vas_grade_id)
        assessment.with_user(self.manager).action_confirm()
        self.assertEqual(self.partner.vas_grade_id, self.grade_a)
        self.assertEqual(assessment.confirmed_by_id, self.manager)
        self.assertEqual(self.partner.vas_partner_grade_ids.user_id, self.manager)

    def test_manager_of_customers_decides_nothing_else(self):
        other = self.scorecard.copy(
            {"code": "other", "name": "Other", "vas_sets_grade": False}
        )
        other.action_activate()
        start, end = self.scorecard._get_vas_grading_period(ON)
        assessment = other._assess(self.partner, start, end, self.company)
        with self.assertRaises(AccessError):
            assessment.with_user(self.manager).action_confirm()
        with self.assertRaises(AccessError):
            assessment.with_user(self.manager).read(["score"])
        self.assertNotIn(
            assessment,
            self.env["vas.assessment"].with_user(self.manager).search([]),
        )

    def test_confirming_twice_changes_nothing(self):
        assessment = self.assess(self.partner)
        assessment.action_confirm()
        assessment.action_confirm()
        self.assertEqual(len(self.partner.vas_partner_grade_ids), 1)

    def test_unconfirmed_assessment_leaves_the_old_grade(self):
        """GRD-10: what is not approved does not count."""
        self.assess(self.partner).action_confirm()
        self.rate(self.partner, 1, ON + timedelta(days=1))
        proposal = self.assess(self.partner, ON + timedelta(days=1))
        self.assertEqual(proposal.vas_grade_id, self.grade_b)
        self.assertEqual(self.partner.vas_grade_id, self.grade_a)
        self.assertEqual(self.partner.vas_grade_card["pending"]["id"], proposal.id)
        proposal.action_confirm()
        self.assertEqual(self.partner.vas_grade_id, self.grade_b)
        rows = self.partner.vas_partner_grade_ids
        self.assertEqual(rows.mapped("is_open"), [True, False])
        self.assertTrue(all(row.valid_to >= row.valid_from for row in rows[1:]))

    def test_older_assessment_does_not_replace_a_newer_one(self):
        older = self.assess(self.partner, ON - timedelta(days=30))
        self.assess(self.partner).action_confirm()
        current = self.partner.vas_grade_assessment_id
        older.action_confirm()
        self.assertEqual(self.partner.vas_grade_assessment_id, current)
        self.assertEqual(len(self.partner.vas_partner_grade_ids), 2)

    def test_taking_back_brings_the_grade_before(self):
        first = self.assess(self.partner, ON - timedelta(days=30))
        first.action_confirm()
        self.rate(self.partner, 1)
        second = self.assess(self.partner)
        second.action_confirm()
        grade_before = first.vas_grade_id
        second.with_user(self.manager).action_revert()
        self.assertEqual(self.partner.vas_grade_id, grade_before)
        self.assertEqual(self.partner.vas_grade_assessment_id, first)
        first.action_revert()
        self.assertFalse(self.partner.vas_grade_id)
        self.assertFalse(self.partner.vas_partner_grade_ids)

    def test_wizard_assesses_all_customers_of_the_company(self):
        second = self.graded_customer("Second", customer_class=self.ordinary)
        self.customer("Without a class", vas_customer_class_id=False)
        form = Form(self.env["vas.grade.assess"].with_user(self.officer))
        form.date_to = ON
        self.assertEqual(form.date_from, self.scorecard._get_vas_grading_period(ON)[0])
        action = form.save().action_assess()
        found = self.env["vas.assessment"].search(action["domain"])
        self.assertEqual(found.partner_id, self.partner | second)
        self.assertEqual(set(found.mapped("state")), {"computed"})
        found.with_user(self.manager).action_confirm()
        self.assertEqual(self.partner.vas_shipping_priority, 1)
        self.assertEqual(second.vas_shipping_priority, 3)
        # Assessing again leaves what is decided alone and doubles nothing.
        form.save().action_assess()
        self.assertEqual(self.env["vas.assessment"].search(action["domain"]), found)
        self.assertEqual(set(found.mapped("state")), {"confirmed"})

    def test_wizard_is_for_officers(self):
        with self.assertRaises(AccessError):
            self.env["vas.grade.assess"].with_user(self.salesman).create({})

    def test_wizard_refuses_a_period_that_ends_before_it_begins(self):
        with self.assertRaisesRegex(ValidationError, "Counting from"):
            self.env["vas.grade.assess"].create(
                {"date_to": ON, "date_from": ON + timedelta(days=1)}
            )

    # ------------------------------------------------------------- strategic rating
    def test_only_business_managers_rate_strategic_influence(self):
        """GRD-06: a salesman is refused, a business-department manager accepted."""
        level = self.env.ref("vas_service.vas_strategic_level_leader")
        for user in (self.salesman, self.officer, self.manager):
            partner = self.partner.with_user(user)
            self.assertFalse(partner.vas_can_rate_strategic)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                partner.vas_strategic_level_id = level
        with self.assertRaises(UserError):
            self.env["vas.observation"].with_user(self.salesman).create(
                {
                    "metric_id": self.metric_strategic.id,
                    "company_id": self.company.id,
                    "partner_id": self.partner.id,
                    "value": 4,
                }
            )
        partner = self.partner.with_user(self.business)
        self.assertTrue(partner.vas_can_rate_strategic)
        partner.vas_strategic_level_id = level
        self.partner.invalidate_recordset()
        self.assertEqual(self.partner.vas_strategic_level_id, level)
        observation = self.env["vas.observation"].search(
            [("partner_id", "=", self.partner.id)], limit=1
        )
        self.assertEqual(observation.value, 4)
        self.assertEqual(observation.create_uid, self.business)

    # ---------------------------------------------------------------- direct writes
    def test_decided_fields_cannot_be_written(self):
        for name, value in (
            ("vas_grade_id", self.grade_a.id),
            ("vas_grade_points", 16),
            ("vas_next_visit", "2030-01-01"),
        ):
            for user in (self.salesman, self.manager):
                with self.subTest(field=name), self.assertRaises(AccessError):
                    self.partner.with_user(user).write({name: value})
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(self.manager).create(
                {"name": "Sneaky", "vas_grade_id": self.grade_a.id}
            )

    def test_facts_are_entered_by_officers(self):
        with self.assertRaises(AccessError):
            self.partner.with_user(self.salesman).vas_customer_class_id = self.ordinary
        self.partner.with_user(self.officer).vas_customer_class_id = self.ordinary
        self.assertEqual(self.partner.vas_customer_class_id, self.ordinary)
        self.partner.with_user(self.salesman).vas_last_visit = ON

    def test_history_and_rules_are_closed(self):
        self.assess(self.partner).action_confirm()
        row = self.partner.vas_partner_grade_ids
        for user in (self.salesman, self.officer, self.manager):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    row.with_user(user).write({"points": 16})
                with self.assertRaises(AccessError):
                    row.with_user(user).unlink()
                with self.assertRaises(AccessError):
                    self.env.ref("vas_service.vas_treatment_major_a").with_user(
                        user
                    ).shipping_priority = 9
                with self.assertRaises(AccessError):
                    self.scorecard.with_user(user).name = "Mine"
                with self.assertRaises(AccessError):
                    row.assessment_id.with_user(user).write({"score": 16})

    # -------------------------------------------------------------------- overrides
    def test_override_needs_manager_reason_and_future(self):
        with self.assertRaises(AccessError):
            self._override(self.officer, self.grade_b)
        with self.assertRaisesRegex(ValidationError, "Reason"):
            self._override(self.manager, self.grade_b, reason="  ")
        with self.assertRaisesRegex(ValidationError, "Until"):
            self._override(self.manager, self.grade_b, days=-1)

    def test_override_wins_and_expires(self):
        self.assess(self.partner).action_confirm()
        row = self._override(self.manager, self.grade_c)
        self.assertEqual(row.user_id, self.manager)
        self.assertEqual(self.partner.vas_grade_id, self.grade_c)
        self.assertTrue(self.partner.vas_grade_is_override)
        self.assertEqual(self.partner.vas_grade_valid_to, row.valid_to)
        self.assertEqual(self.partner.vas_shipping_priority, 4)
        self.assertIn("Key project", self.partner.vas_grade_reason)
        self.assertIn("A", self.partner.vas_grade_card["override"]["text"])
        cron = self.env.ref("vas_service.ir_cron_expire_overrides")
        with freeze_time(row.valid_to), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(self.partner.vas_grade_id, self.grade_c, "the last day counts")
        day_after = row.valid_to + timedelta(days=1)
        with freeze_time(day_after), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.partner.vas_grade_id, self.grade_a)
        self.assertFalse(row.is_open)

    def test_new_assessment_waits_behind_an_override(self):
        self._override(self.manager, self.grade_c)
        self.assess(self.partner).action_confirm()
        self.assertEqual(self.partner.vas_grade_id, self.grade_c)
        row = self.partner.vas_partner_grade_ids.filtered(
            lambda r: r.kind == "override"
        )
        with self.assertRaises(AccessError):
            row.with_user(self.officer).action_end_override()
        row.with_user(self.manager).action_end_override()
        self.assertEqual(self.partner.vas_grade_id, self.grade_a)
        with self.assertRaises(UserError):
            row.with_user(self.manager).action_end_override()

    def test_second_override_replaces_the_first(self):
        self._override(self.manager, self.grade_c)
        row = self._override(self.manager, self.grade_b)
        self.assertEqual(len(row), 1)
        self.assertEqual(self.partner.vas_grade_id, self.grade_b)

    def test_database_allows_one_decision_in_force(self):
        self.assess(self.partner).action_confirm()
        row = self.partner.vas_partner_grade_ids
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            row.copy({"is_open": True})
            row.flush_model()

    # ---------------------------------------------------------------------- company
    def test_second_company_keeps_its_own_grade(self):
        self.assess(self.partner).action_confirm()
        other = self.partner.with_company(self.other_company)
        self.assertEqual(self.partner.vas_grade_id, self.grade_a)
        self.assertFalse(other.vas_grade_id)
        self.assertFalse(other.vas_customer_class_id)
        self.assertEqual(other.vas_grade_card["state"], "never")
        stranger = self._create_user("grading-stranger", "group_vas_service_manager")
        stranger.write(
            {
                "company_ids": [(6, 0, self.other_company.ids)],
                "company_id": self.other_company.id,
            }
        )
        history = (
            self.env["vas.partner.grade"]
            .with_user(stranger)
            .with_context(allowed_company_ids=self.other_company.ids)
        )
        self.assertFalse(history.search([("partner_id", "=", self.partner.id)]))
        with self.assertRaises(AccessError):
            history.browse(self.partner.vas_partner_grade_ids.ids).read(["grade_id"])
        self.invoice(
            self.partner, 9000000, ON - timedelta(days=9), company=self.other_company
        )
        again = self.assess(self.partner, ON + timedelta(days=1))
        self.assertAlmostEqual(
            again.line_ids.filtered(
                lambda line: line.criterion_id.code == "amount"
            ).value,
            3200000,
        )

    def test_portal_user_sees_no_grade(self):
        self.assess(self.partner).action_confirm()
        user = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "grading-portal",
                "partner_id": self.env["res.partner"]
                .create({"name": "Portal", "parent_id": self.partner.id})
                .id,
                "company_id": self.company.id,
                "company_ids": [(6, 0, self.company.ids)],
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        partner = self.partner.with_user(user)
        self.assertTrue(partner.read(["name"]))
        for name in ("vas_grade_id", "vas_grade_points", "vas_grade_card"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                partner.read([name])
        with self.assertRaises(AccessError):
            self.env["vas.partner.grade"].with_user(user).search([])
        with self.assertRaises(AccessError):
            self.env["vas.treatment"].with_user(user).search([])
