from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import YEAR, VasKpiCase


@tagged("post_install", "-at_install")
class TestAssessment(VasKpiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metric, cls.card = cls.make_good_and_poor("quality")

    def assess(self, subjects=None, card=None, **kw):
        subjects = self.vendors if subjects is None else subjects
        return (card or self.card)._assess(subjects, *YEAR, **kw)

    def by_vendor(self, assessments):
        return {a.partner_id: a for a in assessments}

    def test_scores_bands_and_missing(self):
        self.card.missing_rule = "reweight"
        found = self.by_vendor(self.assess())
        first, second, third = (found[vendor] for vendor in self.vendors)
        self.assertEqual((first.score, first.band_id.code), (90, "good"))
        self.assertEqual((second.score, second.band_id.code), (50, "poor"))
        self.assertFalse(third.has_score)
        self.assertFalse(third.band_id)
        self.assertEqual(third.score_text, "No data")
        self.assertEqual(first.explanation, "90.00 = 90.00")

    def test_missing_is_zero_only_when_the_rule_says_so(self):
        third = self.by_vendor(self.assess())[self.vendors[2]]
        self.assertTrue(third.has_score)
        self.assertEqual((third.score, third.band_id.code), (0, "poor"))
        self.assertFalse(third.line_ids.has_value)
        self.assertIn("missing: counts as 0", third.line_ids.rule_text)

    def test_twice_doubles_nothing_and_recomputes(self):
        first = self.assess()
        self.observe(self.metric, self.vendors[1], 35)
        second = self.assess()
        self.assertEqual(first, second)
        self.assertEqual(self.by_vendor(second)[self.vendors[1]].score, 85)
        self.assertEqual(len(second.line_ids), 3)

    def test_recompute_never_touches_confirmed(self):
        found = self.by_vendor(self.assess())
        decided = found[self.vendors[0]]
        decided.action_confirm()
        self.observe(self.metric, self.vendors[0], 5)
        again = self.assess()
        self.assertNotIn(decided, again)
        self.assertEqual(decided.score, 90)
        with self.assertRaisesRegex(UserError, "decided"):
            decided.action_compute()

    def test_confirm_is_idempotent_and_hooked(self):
        assessments = self.assess()
        calls = []
        self.patch(
            type(self.env["vas.assessment"]),
            "_on_confirmed",
            lambda records: calls.append(records),
        )
        assessments.action_confirm()
        assessments.action_confirm()
        self.assertEqual(calls, [assessments])
        assessments.action_revert()
        self.assertEqual(set(assessments.mapped("state")), {"computed"})

    def test_override_and_modifier(self):
        rate = self.make_metric("paid", observation_aggregate="avg")
        self.observe(rate, self.vendors[0], 0.9)
        self.observe(rate, self.vendors[1], 1.0)
        self.env["vas.scorecard.criterion.modifier"].create(
            {
                "criterion_id": self.card.criterion_ids.id,
                "metric_id": rate.id,
                "operator": "lt",
                "threshold": 1.0,
                "points_delta": -20,
                "floor": 1,
            }
        )
        self.env["vas.scorecard.override"].create(
            {
                "scorecard_id": self.card.id,
                "reason": "New vendor",
                "domain": f"[('id', '=', {self.vendors[1].id}),"
                " ('create_date', '>', 'period_end -99y')]",
                "band_id": self.card.band_ids[0].id,
            }
        )
        found = self.by_vendor(self.assess())
        first, second = found[self.vendors[0]], found[self.vendors[1]]
        self.assertEqual(first.score, 70)
        self.assertIn("90 → 70", first.line_ids.rule_text)
        self.assertEqual(second.score, 50)
        self.assertEqual(second.band_id.code, "good")
        self.assertEqual(second.computed_band_id.code, "poor")
        self.assertIn("New vendor", second.band_text)

    def test_adjustments_count_in_their_period(self):
        create = self.env["vas.adjustment"].create
        create(
            [
                {
                    "name": "Fine",
                    "kind": "penalty",
                    "points": 15,
                    "date": day,
                    "partner_id": self.vendors[0].id,
                }
                for day in (YEAR[1], fields.Date.add(YEAR[1], days=1))
            ]
        )
        first = self.by_vendor(self.assess())[self.vendors[0]]
        self.assertEqual((first.base_score, first.score), (90, 75))
        self.assertEqual(first.band_id.code, "poor")
        first.action_confirm()
        with self.assertRaisesRegex(UserError, "confirmed"):
            first.adjustment_ids.points = 3

    def test_frozen_version(self):
        assessments = self.assess()
        self.card.criterion_ids.max_points = 90
        self.card.criterion_ids.max_points = 100
        assessments.action_compute()
        assessments.action_confirm()
        for record, vals in (
            (self.card, {"missing_rule": "full"}),
            (self.card.criterion_ids, {"max_points": 5}),
            (self.card.band_ids[0], {"min_value": 1}),
            (self.card.section_ids, {"weight": 1}),
        ):
            with self.assertRaisesRegex(UserError, "New version"):
                record.write(vals)
        action = self.card.action_new_version()
        new = self.env["vas.scorecard"].browse(action["res_id"])
        self.assertEqual((new.version, new.state), (2, "draft"))
        self.assertEqual(new.previous_version_id, self.card)
        self.assertEqual(len(new.criterion_ids), 1)
        self.assertEqual(len(new.band_ids), 2)
        new.criterion_ids.max_points = 50

    def test_query_count_does_not_grow(self):
        many = self.env["res.partner"].create(
            [{"name": f"Many {number}"} for number in range(50)]
        )
        counts = {}
        # The first turn fills the caches of views, rules and translations.
        for subjects in (many[:2], many[:1], many):
            card = self.card.copy({"code": f"card-{len(subjects)}"})
            for turn in ("create", "recompute"):
                self.env.flush_all()
                self.env.invalidate_all()
                start = self.cr.sql_log_count
                card._assess(subjects, *YEAR)
                self.env.flush_all()
                counts[len(subjects), turn] = self.cr.sql_log_count - start
        self.assertEqual(counts[50, "create"], counts[1, "create"])
        self.assertEqual(counts[50, "recompute"], counts[1, "recompute"])

    def test_only_managers_decide(self):
        officer = self.make_user("kpi_officer", "officer")
        manager = self.make_user("kpi_manager", "manager")
        assessments = self.assess()
        with self.assertRaises(AccessError):
            assessments.with_user(officer).action_confirm()
        with self.assertRaises(AccessError):
            self.card.with_user(manager).missing_rule = "full"
        assessments.with_user(manager).action_confirm()
        self.assertEqual(assessments.confirmed_by_id, manager)
