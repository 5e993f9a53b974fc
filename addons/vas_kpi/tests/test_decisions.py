from contextlib import contextmanager
from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import YEAR, VasKpiCase

BANDS = [
    {"code": "a", "min": 80},
    {"code": "b", "min": 60, "max": 80, "max_open": True},
    {"code": "c", "max": 60, "max_open": True},
]


class DecisionCase(VasKpiCase):
    """A card with three bands, and the people who decide."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metric = cls.make_metric("decided", observation_aggregate="avg")
        cls.card = cls.make_scorecard(
            [("decided", "all", cls.metric, cls.identity, 100)],
            bands=BANDS,
            period_type="month",
            missing_rule="reweight",
        )
        cls.band = {band.code: band for band in cls.card.band_ids}
        cls.vendor = cls.vendors[0]
        cls.officer = cls.make_user("decision_officer", "officer")
        cls.manager = cls.make_user("decision_manager", "manager")
        cls.other_manager = cls.make_user("decision_other", "manager")

    @contextmanager
    def refused(self, error, pattern=""):
        """Expect a refusal, and that nothing of what was tried stays behind."""
        with self.assertRaisesRegex(error, pattern), self.env.cr.savepoint():
            yield

    @classmethod
    def assess_month(cls, month, value, confirm=True, vendor=None):
        vendor = vendor or cls.vendor
        day = date(2025, month, 15)
        if value is not None:
            cls.observe(cls.metric, vendor, value, day=day)
        start = day.replace(day=1)
        result = cls.card._assess(
            vendor, start, fields.Date.end_of(start, "month"), cls.company
        )
        if confirm:
            result.with_user(cls.manager).action_confirm()
        return result

    def rows(self, state=None):
        domain = [("partner_id", "=", self.vendor.id)]
        if state:
            domain.append(("state", "=", state))
        return self.env["vas.consequence"].search(domain)


@tagged("post_install", "-at_install")
class TestStay(DecisionCase):
    def test_off_by_default(self):
        self.assertEqual(self.assess_month(1, 90).band_id.code, "a")
        second = self.assess_month(2, 50)
        self.assertEqual(second.band_id.code, "c")
        self.assertFalse(second.stay_text)

    def test_changes_after_periods_in_a_row(self):
        self.card.stay_periods = 2
        bands, texts = [], []
        for month, value in enumerate((90, 70, 85, 70, 70, 70), start=1):
            result = self.assess_month(month, value)
            bands.append((result.computed_band_id.code, result.band_id.code))
            texts.append(result.stay_text)
        # The first result has its own band; one better month starts the count again.
        self.assertEqual(
            bands,
            [("a", "a"), ("b", "a"), ("a", "a"), ("b", "a"), ("b", "b"), ("b", "b")],
        )
        self.assertFalse(texts[0])
        self.assertIn("period 1 of 2 in a row", texts[1])
        self.assertIn("period 2 in a row", texts[4])
        self.assertFalse(texts[5])

    def test_margin_changes_at_once(self):
        self.card.stay_margin = 5
        self.assess_month(1, 81)
        held = self.assess_month(2, 76)
        self.assertEqual(held.band_id.code, "a")
        self.assertIn("4.00 of 5 points", held.stay_text)
        self.assertIn("kept", held.band_text)
        moved = self.assess_month(3, 75)
        self.assertEqual(moved.band_id.code, "b")
        self.assertIn("at once", moved.stay_text)

    def test_periods_without_data_do_not_count(self):
        self.card.stay_periods = 2
        self.assess_month(1, 90)
        self.assess_month(2, 70)
        empty = self.assess_month(3, None)
        self.assertFalse(empty.band_id)
        self.assertEqual(self.assess_month(4, 70).band_id.code, "b")

    def test_band_of_the_standing_over_periods(self):
        self.card.history_periods = 12
        first = self.assess_month(1, 50)
        self.assertEqual((first.standing, first.band_id.code), (50, "c"))
        second = self.assess_month(2, 100)
        self.assertEqual((second.score, round(second.standing, 1)), (100, 76.1))
        self.assertEqual(second.band_id.code, "b")
        self.assertIn("76.09", second.standing_text)

    def test_only_decided_results_are_remembered(self):
        self.card.stay_periods = 2
        self.assess_month(1, 90, confirm=False)
        self.assertEqual(self.assess_month(2, 70).band_id.code, "b")

    def test_queries_do_not_grow(self):
        self.card.stay_periods = 2
        many = self.env["res.partner"].create([{"name": str(n)} for n in range(30)])
        self.observe(self.metric, many[0], 90)
        counts = {}
        for subjects in (many[:2], many[:1], many):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            self.card._evaluate(subjects, *YEAR)
            counts[len(subjects)] = self.cr.sql_log_count - start
        self.assertEqual(counts[1], counts[30])


@tagged("post_install", "-at_install")
class TestManualOverride(DecisionCase):
    def request(self, result, code="a", user=None, days=30):
        return (
            self.env["vas.assessment.override"]
            .with_user(user or self.officer)
            .create(
                {
                    "assessment_id": result.id,
                    "band_id": self.band[code].id,
                    "reason": "Flood in the warehouse",
                    "valid_until": fields.Date.add(fields.Date.today(), days=days),
                }
            )
        )

    def test_another_person_approves_and_it_expires(self):
        self.band["c"].enter_consequence_ids = self.env.ref(
            "vas_kpi.consequence_purchase_block"
        )
        result = self.assess_month(1, 40)
        self.assertEqual(self.vendor.vas_purchase_hold, "block")
        override = self.request(result)
        self.assertEqual(override.rule_band_id.code, "c")
        self.assertEqual(result.band_id.code, "c")
        with self.refused(AccessError):
            override.with_user(self.officer).action_approve()
        override.with_user(self.manager).action_approve()
        self.assertEqual(
            (result.band_id.code, result.computed_band_id.code), ("a", "c")
        )
        self.assertIn("Flood", result.manual_override_text)
        self.assertIn("overridden", result.band_text)
        # Consequences follow the band that counts.
        self.assertEqual(self.vendor.vas_purchase_hold, "none")
        # Later results follow while it is valid.
        later = self.assess_month(2, 45)
        self.assertEqual(later.band_id.code, "a")
        self.env.cr.execute(
            "UPDATE vas_assessment_override SET valid_until = %s WHERE id = %s",
            [fields.Date.today() - timedelta(days=1), override.id],
        )
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref("vas_kpi.ir_cron_expire_overrides").method_direct_trigger()
        self.assertEqual(override.state, "ended")
        self.assertEqual((result.band_id.code, later.band_id.code), ("c", "c"))
        self.assertEqual(self.vendor.vas_purchase_hold, "block")
        self.assertEqual(self.assess_month(3, 40).band_id.code, "c")

    def test_own_request_is_never_approved(self):
        override = self.request(self.assess_month(1, 40), user=self.manager)
        with self.refused(AccessError, "their own"):
            override.with_user(self.manager).action_approve()
        self.assertFalse(override.with_user(self.manager).can_decide)
        self.assertTrue(override.with_user(self.other_manager).can_decide)

    def test_group_of_the_scorecard_approves(self):
        group = self.env["res.groups"].create({"name": "Override board"})
        self.card.override_group_id = group
        override = self.request(self.assess_month(1, 40))
        with self.refused(AccessError, "Override board"):
            override.with_user(self.manager).action_approve()
        self.other_manager.group_ids += group
        override.with_user(self.other_manager).action_approve()
        self.assertEqual(override.decided_by_id, self.other_manager)

    def test_bad_requests_are_refused(self):
        result = self.assess_month(1, 40)
        with self.refused(ValidationError, "has passed"):
            self.request(result, days=-1)
        with self.refused(AccessError, "computation"):
            self.request(result).with_user(self.officer).write({"state": "approved"})
        self.request(result)
        with self.refused(IntegrityError), mute_logger("odoo.sql_db"):
            self.request(result)

    def test_a_new_decision_ends_the_earlier_one_of_the_subject(self):
        results = self.assess_month(1, 40) | self.assess_month(2, 45)
        other = self.assess_month(1, 40, vendor=self.vendors[1])
        first = self.request(results[0])
        bystander = self.request(other)
        (first | bystander).with_user(self.manager).action_approve()
        again = self.request(results[0]) | self.request(results[1])
        again.with_user(self.manager).action_approve()
        self.assertEqual(first.state, "ended")
        # Of two approved together one counts: the one asked for last.
        self.assertEqual(again.mapped("state"), ["ended", "approved"])
        self.assertEqual(bystander.state, "approved", "of another subject")

    def test_ending_early(self):
        result = self.assess_month(1, 40)
        override = self.request(result)
        override.with_user(self.manager).action_approve()
        with self.refused(AccessError):
            override.with_user(self.officer).action_end()
        override.with_user(self.manager).action_end()
        self.assertEqual(result.band_id.code, "c")
        self.assertFalse(result.manual_override_id)


@tagged("post_install", "-at_install")
class TestApproval(DecisionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.group = cls.env["res.groups"].create({"name": "Approvers"})
        cls.approver = cls.make_user("decision_approver", "manager")
        cls.approver.group_ids += cls.group
        cls.card.approval_group_id = cls.group

    def test_review_then_confirm(self):
        result = self.assess_month(1, 90, confirm=False)
        self.assertTrue(result.with_user(self.manager).needs_approval)
        with self.refused(ValidationError, "validated"):
            result.with_user(self.manager).action_confirm()
        result.with_user(self.officer).request_validation()
        self.assertEqual(result.state, "review")
        with self.refused(UserError, "in review"):
            result.with_user(self.officer).action_compute()
        self.observe(self.metric, self.vendor, 10, day=date(2025, 1, 20))
        self.card._assess(self.vendor, result.date_from, result.date_to)
        self.assertEqual(result.score, 90)
        with self.refused(ValidationError):
            result.with_user(self.manager).action_confirm()
        as_approver = result.with_user(self.approver)
        self.assertTrue(as_approver.can_review)
        action = as_approver.validate_tier()
        wizard = (
            self.env["comment.wizard"]
            .with_user(self.approver)
            .with_context(**action["context"])
            .create({"comment": "Seen"})
        )
        wizard.add_comment()
        self.assertEqual(result.validation_status, "validated")
        result.with_user(self.manager).action_confirm()
        self.assertEqual(result.state, "confirmed")

    def test_who_asks_does_not_approve(self):
        result = self.assess_month(1, 90, confirm=False)
        result.with_user(self.approver).request_validation()
        self.assertFalse(result.with_user(self.approver).can_review)
        with self.refused(ValidationError):
            result.with_user(self.approver).action_confirm()

    def test_withdraw_and_switch_off(self):
        result = self.assess_month(1, 90, confirm=False)
        result.with_user(self.officer).request_validation()
        result.with_user(self.officer).restart_validation()
        self.assertEqual(result.state, "computed")
        self.assertFalse(result.review_ids)
        self.card.approval_group_id = False
        self.assertFalse(self.card.approval_definition_id.active)
        result.with_user(self.manager).action_confirm()
        self.assertEqual(result.state, "confirmed")

    def test_next_version_keeps_the_rule_and_a_copy_does_not(self):
        version = self.env["vas.scorecard"].browse(
            self.card.action_new_version()["res_id"]
        )
        self.assertEqual(
            version.approval_definition_id, self.card.approval_definition_id
        )
        copy = self.card.copy()
        self.assertNotEqual(
            copy.approval_definition_id, self.card.approval_definition_id
        )
        self.assertIn("'card'", self.card.approval_definition_id.definition_domain)


@tagged("post_install", "-at_install")
class TestConsequences(DecisionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ref = cls.env.ref
        cls.block = ref("vas_kpi.consequence_purchase_block")
        cls.warn = ref("vas_kpi.consequence_purchase_warn")
        cls.hold = ref("vas_kpi.consequence_settlement_hold")
        cls.notify = ref("vas_kpi.consequence_notify")
        cls.plan = ref("vas_kpi.consequence_plan")
        cls.card.responsible_id = cls.manager
        cls.band["c"].enter_consequence_ids = cls.block | cls.hold | cls.plan
        cls.band["c"].leave_consequence_ids = cls.notify
        cls.band["b"].enter_consequence_ids = cls.warn

    def make_order(self):
        return self.env["purchase.order"].create({"partner_id": self.vendor.id})

    def test_hold_begins_and_ends_with_the_band(self):
        order = self.make_order()
        self.assess_month(1, 90)
        self.assertEqual(order.vas_purchase_hold, "none")
        bad = self.assess_month(2, 40)
        self.assertEqual(order.vas_purchase_hold, "block")
        self.assertIn("40.00", order.vas_purchase_hold_reason)
        for action in (order.button_confirm, order.action_rfq_send):
            with self.refused(UserError, "blocked by its results"):
                action()
        self.assertTrue(self.vendor.vas_settlement_hold)
        self.assertEqual(
            self.env["res.partner"].search([("vas_purchase_hold", "=", "block")]),
            self.vendor,
        )
        self.assertEqual(len(bad.activity_ids), 1)
        self.assertEqual(bad.activity_ids.user_id, self.manager)
        # The same band again: nothing happens twice.
        self.assess_month(3, 45)
        self.assertEqual(len(self.rows()), 3)
        better = self.assess_month(4, 70)
        order.invalidate_recordset()
        self.assertEqual(order.vas_purchase_hold, "warn")
        self.assertFalse(self.vendor.vas_settlement_hold)
        self.assertEqual(self.rows("ended").type_id, self.block | self.hold)
        self.assertEqual(better.consequence_ids.type_id, self.warn | self.notify)
        order.button_confirm()
        self.assertEqual(order.state, "purchase")

    def test_reverted_and_confirmed_again(self):
        bad = self.assess_month(1, 40)
        self.assertEqual(len(self.rows("active")), 2)
        bad.with_user(self.manager).action_revert()
        self.assertEqual(self.vendor.vas_purchase_hold, "none")
        self.assertEqual(len(self.rows("undone")), 3)
        self.assertFalse(bad.activity_ids)
        bad.with_user(self.manager).action_confirm()
        bad.with_user(self.manager).action_confirm()
        self.assertEqual(len(self.rows("active")), 2)
        self.assertEqual(len(bad.activity_ids), 1)

    def test_late_confirmation_of_an_old_period_changes_no_standing(self):
        old = self.assess_month(1, 40, confirm=False)
        self.assess_month(2, 90)
        old.with_user(self.manager).action_confirm()
        self.assertFalse(self.rows())

    def test_several_periods_confirmed_together(self):
        self.assess_month(1, 90)
        both = self.assess_month(2, 40, confirm=False)
        both |= self.assess_month(3, 40, confirm=False)
        both.with_user(self.manager).action_confirm()
        self.assertEqual(len(self.rows("active")), 2)
        self.assertEqual(self.rows("done").assessment_id.date_to.month, 2)

    def test_server_actions_and_their_inverse(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Mark",
                "model_id": self.env["ir.model"]._get_id("vas.assessment"),
                "state": "code",
                "code": "record.partner_id.write({'comment': 'marked'})",
            }
        )
        undo = action.copy({"code": "record.partner_id.write({'comment': 'unmarked'})"})
        kind = self.env["vas.consequence.type"].create(
            {
                "name": "Mark",
                "kind": "server_action",
                "action_id": action.id,
                "undo_action_id": undo.id,
            }
        )
        self.band["a"].enter_consequence_ids = kind
        result = self.assess_month(1, 90)
        self.assertIn("marked", self.vendor.comment)
        result.with_user(self.manager).action_revert()
        self.assertIn("unmarked", self.vendor.comment)
        # A bare server action has no inverse: a person is asked.
        self.band["a"].enter_consequence_ids = False
        self.band["a"].enter_action_ids = action
        result.with_user(self.manager).action_confirm()
        result.with_user(self.manager).action_revert()
        self.assertEqual(len(self.rows("manual")), 1)
        self.assertEqual(result.activity_ids.summary, "Undo by hand: Mark")

    def test_notice_reaches_the_people_and_is_withdrawn(self):
        self.band["a"].enter_consequence_ids = self.notify
        self.card.responsible_id = self.other_manager
        result = self.assess_month(1, 90)
        message = result.message_ids.filtered(lambda m: "band has changed" in m.body)
        self.assertIn(self.other_manager.partner_id, message.notified_partner_ids)
        result.with_user(self.manager).action_revert()
        self.assertTrue(
            result.message_ids.filtered(lambda m: "No longer valid" in m.body)
        )

    def test_holds_do_not_begin_on_leaving(self):
        with self.refused(ValidationError, "On entering"):
            self.band["a"].leave_consequence_ids = self.block

    def test_another_company_is_not_held(self):
        self.assess_month(1, 40)
        other = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(self.vendor.with_company(other).vas_purchase_hold, "none")
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.vendor.id}
        )
        self.assertEqual(contact.vas_purchase_hold, "block")
        self.assertEqual(self.vendors[1].vas_purchase_hold, "none")

    def test_confirming_many_costs_as_many_queries_as_one(self):
        vendors = self.env["res.partner"].create([{"name": str(n)} for n in range(40)])
        counts = {}
        for month, subjects in ((1, vendors[:2]), (2, vendors[:1]), (3, vendors)):
            start = date(2025, month, 1)
            end = fields.Date.end_of(start, "month")
            for vendor in subjects:
                self.observe(self.metric, vendor, 70, day=start)
            results = self.card._assess(subjects, start, end, self.company)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            results.action_confirm()
            self.env.flush_all()
            counts[len(subjects)] = self.cr.sql_log_count - before
        self.assertLessEqual(counts[40], counts[1] + 4)


@tagged("post_install", "-at_install")
class TestRevision(DecisionCase):
    def test_revision_takes_the_place(self):
        self.card.appeal_days = 10
        calls = []
        for hook in ("_on_confirmed", "_on_reverted"):
            self.patch(
                type(self.env["vas.assessment"]),
                hook,
                lambda records, hook=hook: calls.append((hook, records)),
            )
        old = self.assess_month(1, 40)
        old.with_user(self.manager).action_publish()
        calls.clear()
        # A fact that arrives later does not slip into a corrected result.
        self.observe(self.metric, self.vendor, 0, day=date(2025, 1, 20))
        wizard = self.env["vas.assessment.revise"].with_user(self.manager)
        wizard = wizard.create({"assessment_id": old.id, "reason": "Typing error"})
        with self.refused(UserError, "at least one value"):
            wizard.action_revise()
        wizard.line_ids.value = 85
        revision = self.env["vas.assessment"].browse(wizard.action_revise()["res_id"])
        self.assertEqual((revision.state, revision.revision), ("computed", 2))
        self.assertEqual((revision.score, old.state), (85, "published"))
        self.assertIn("Typing error", revision.line_ids.formula)
        revision.with_user(self.manager).action_compute()
        self.assertEqual(revision.score, 85)
        with self.refused(UserError, "already being revised"):
            old.with_user(self.manager)._make_revision("Again", remeasure=True)
        with self.refused(UserError, "being revised"):
            old.with_user(self.manager).action_revert()
        revision.with_user(self.manager).action_confirm()
        self.assertEqual(calls, [("_on_reverted", old), ("_on_confirmed", revision)])
        self.assertEqual((old.state, revision.state), ("superseded", "published"))
        self.assertEqual(old.score, 40)
        self.assertEqual(old.superseded_by_id, revision)
        self.assertTrue(revision.appeal_deadline)
        # Assessing the period again makes nothing new and changes nothing.
        again = self.card._assess(self.vendor, old.date_from, old.date_to)
        self.assertFalse(again)
        # Taking the revision back lets the first result count again.
        calls.clear()
        revision.with_user(self.manager).action_revert()
        self.assertEqual((old.state, revision.state), ("published", "computed"))
        self.assertEqual(calls, [("_on_reverted", revision), ("_on_confirmed", old)])

    def test_measured_again(self):
        old = self.assess_month(1, 40)
        self.observe(self.metric, self.vendor, 80, day=date(2025, 1, 20))
        revision = old.with_user(self.manager)._make_revision("Late", remeasure=True)
        self.assertEqual(revision.score, 60)

    def test_waived_penalty(self):
        penalty = self.env["vas.adjustment"].create(
            {
                "name": "Fine",
                "kind": "penalty",
                "points": 30,
                "date": date(2025, 1, 5),
                "partner_id": self.vendor.id,
            }
        )
        old = self.assess_month(1, 90)
        self.assertEqual(old.score, 60)
        revision = old._make_revision("Unjust", waived=penalty)
        self.assertEqual((revision.score, revision.band_id.code), (90, "a"))
        self.assertEqual(old.adjustment_ids, penalty)

    def test_consequences_of_the_old_are_undone(self):
        self.band["c"].enter_consequence_ids = self.env.ref(
            "vas_kpi.consequence_purchase_block"
        )
        old = self.assess_month(1, 40)
        self.assertEqual(self.vendor.vas_purchase_hold, "block")
        correction = {
            "criterion_id": old.line_ids.criterion_id.id,
            "value": 95,
            "reason": "Wrong file",
        }
        old._make_revision("Wrong file", [correction]).action_confirm()
        self.assertEqual(self.vendor.vas_purchase_hold, "none")
        self.assertEqual(old.consequence_ids.state, "undone")

    def test_coverage_below_the_minimum_gives_no_score(self):
        other = self.make_metric("other")
        self.env["vas.scorecard.criterion"].create(
            {
                "section_id": self.card.section_ids.id,
                "code": "other",
                "name": "Other",
                "metric_id": other.id,
                "scale_id": self.identity.id,
                "max_points": 100,
            }
        )
        self.card.min_coverage = 50
        self.assertEqual(self.assess_month(1, 90, confirm=False).score, 90)
        self.card.min_coverage = 80
        result = self.assess_month(2, 90, confirm=False)
        self.assertEqual(
            (result.has_score, result.score_text, result.band_id.code),
            (False, "Insufficient data", False),
        )
        self.assertIn("50 % of the weight", result.explanation)

    def test_officers_do_not_revise(self):
        old = self.assess_month(1, 40)
        with self.refused(AccessError):
            self.env["vas.assessment.revise"].with_user(self.officer).create(
                {"assessment_id": old.id, "reason": "No"}
            )
        with self.refused(AccessError):
            self.env["vas.assessment.correction"].with_user(self.manager).create(
                {
                    "assessment_id": old.id,
                    "criterion_id": old.line_ids.criterion_id.id,
                    "value": 1,
                    "reason": "x",
                }
            )


@tagged("post_install", "-at_install")
class TestAppeal(DecisionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card.write({"appeal_days": 10, "responsible_id": cls.manager.id})
        cls.portal = cls.env["res.users"].create(
            {
                "name": "Vendor's clerk",
                "login": "decision_portal",
                "group_ids": [Command.set(cls.env.ref("base.group_portal").ids)],
                "partner_id": cls.env["res.partner"]
                .create({"name": "Clerk", "parent_id": cls.vendor.id})
                .id,
            }
        )

    def publish(self, month=1, value=40):
        result = self.assess_month(month, value)
        result.with_user(self.manager).action_publish()
        return result

    def appeal(self, result, user=None, **values):
        return (
            self.env["vas.appeal"]
            .with_user(user or self.officer)
            .create({"assessment_id": result.id, "claim": "It was 85", **values})
        )

    def add_line(self, appeal, value):
        return self.env["vas.appeal.line"].create(
            {
                "appeal_id": appeal.id,
                "line_id": appeal.assessment_id.line_ids.id,
                "value": value,
            }
        )

    def test_upheld_gives_a_revised_result(self):
        result = self.publish()
        self.assertEqual(
            result.appeal_deadline, fields.Date.add(fields.Date.today(), days=10)
        )
        appeal = self.appeal(result)
        self.assertEqual((appeal.state, appeal.user_id), ("submitted", self.manager))
        self.assertEqual(appeal.activity_ids.user_id, self.manager)
        as_manager = appeal.with_user(self.manager)
        as_manager.action_review()
        with self.refused(UserError, "reason"):
            as_manager.action_uphold()
        as_manager.decision_reason = "The file of the exchange was incomplete"
        with self.refused(UserError, "what is corrected"):
            as_manager.action_uphold()
        self.add_line(appeal, 85)
        as_manager.action_uphold()
        revision = appeal.revision_id
        self.assertEqual((appeal.state, result.state), ("upheld", "superseded"))
        self.assertEqual(
            (revision.score, revision.band_id.code, revision.state),
            (85, "a", "published"),
        )
        self.assertFalse(appeal.activity_ids)
        with self.refused(UserError, "already decided"):
            as_manager.action_reject()

    def test_partly_and_rejected(self):
        appeal = self.appeal(self.publish())
        self.add_line(appeal, 85).is_granted = False
        as_manager = appeal.with_user(self.manager)
        as_manager.decision_reason = "No proof"
        with self.refused(UserError, "what is corrected"):
            as_manager.action_uphold_partly()
        as_manager.action_reject()
        self.assertEqual(appeal.state, "rejected")
        self.assertFalse(appeal.revision_id)
        self.assertEqual(appeal.assessment_id.state, "published")

    def test_time_limit_and_one_at_a_time(self):
        result = self.publish()
        self.appeal(result)
        with self.refused(UserError, "already being looked at"):
            self.appeal(result)
        with self.refused(UserError, "Decide AP"):
            result.with_user(self.manager).action_revert()
        late = self.publish(2)
        late.with_user(self.manager).appeal_deadline = fields.Date.subtract(
            fields.Date.today(), days=1
        )
        with self.refused(UserError, "ended on"):
            self.appeal(late)
        with self.refused(AccessError):
            late.with_user(self.officer).appeal_deadline = fields.Date.today()
        with self.refused(UserError, "not published"):
            self.appeal(self.assess_month(3, 50))

    def test_another_person_decides(self):
        self.card.appeal_other_decider = True
        appeal = self.appeal(self.publish())
        with self.refused(AccessError, "another manager"):
            appeal.with_user(self.manager).action_review()
        appeal.with_user(self.other_manager).action_review()
        self.assertEqual(appeal.state, "review")

    def test_officers_do_not_decide(self):
        appeal = self.appeal(self.publish())
        for action in ("action_review", "action_uphold", "action_reject"):
            with self.refused(AccessError):
                getattr(appeal.with_user(self.officer), action)()
        with self.refused(AccessError):
            appeal.with_user(self.officer).state = "upheld"

    def test_portal_reads_its_own_and_writes_nothing(self):
        appeal = self.appeal(self.publish())
        other = self.assess_month(1, 50, vendor=self.vendors[1])
        other.with_user(self.manager).action_publish()
        other_appeal = self.appeal(other)
        as_portal = self.env["vas.appeal"].with_user(self.portal)
        self.assertEqual(as_portal.search([]), appeal)
        for action in (
            lambda: other_appeal.with_user(self.portal).read(["claim"]),
            lambda: appeal.with_user(self.portal).write({"claim": "x"}),
            lambda: as_portal.create({"assessment_id": other.id, "claim": "x"}),
            lambda: appeal.with_user(self.portal).action_uphold(),
        ):
            with self.refused(AccessError):
                action()

    def test_hidden_scorecards_show_nothing(self):
        result = self.publish()
        as_portal = self.env["vas.assessment"].with_user(self.portal)
        self.assertEqual(as_portal.search([]), result)
        self.card.show_to_subject = False
        self.assertFalse(as_portal.search([]))
        self.assertFalse(self.publish(2).appeal_deadline)

    def test_upheld_under_approval_waits_for_it(self):
        group = self.env["res.groups"].create({"name": "Approvers"})
        self.other_manager.group_ids += group
        result = self.publish()
        self.card.approval_group_id = group
        appeal = self.appeal(result)
        self.add_line(appeal, 85)
        as_manager = appeal.with_user(self.manager)
        as_manager.decision_reason = "Right"
        as_manager.action_uphold()
        revision = appeal.revision_id
        self.assertEqual((revision.state, result.state), ("review", "published"))
