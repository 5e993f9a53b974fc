from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import YEAR, VasKpiCase


@tagged("post_install", "-at_install")
class TestRun(VasKpiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metric = cls.make_metric("run-metric")
        cls.card = cls.make_scorecard(
            [("quality", "all", cls.metric, cls.identity, 100)],
            bands=[{"code": "good", "min": 50}],
            subject_metric_id=cls.metric.id,
        )
        for vendor, value in zip(cls.vendors, (90, 50, 20), strict=True):
            cls.observe(cls.metric, vendor, value)

    def make_run(self):
        return self.env["vas.assessment.run"].create(
            {"scorecard_id": self.card.id, "date_from": YEAR[0], "date_to": YEAR[1]}
        )

    def test_only_a_scorecard_in_force_is_run(self):
        with self.assertRaisesRegex(UserError, "not in force"):
            self.make_run().action_run()

    def test_small_run_is_done_at_once_and_keeps_decided_results(self):
        self.card.action_activate()
        run = self.make_run()
        run.action_run()
        self.assertEqual((run.state, run.subject_count), ("done", 3))
        self.assertEqual(run.progress_text, "3 of 3")
        decided = run.assessment_ids[0]
        decided.action_confirm()
        again = self.make_run()
        again.action_run()
        self.assertEqual((again.assessment_count, again.kept_count), (2, 1))
        self.assertEqual(self.card.assessment_count, 3)

    def test_large_run_goes_to_background_jobs(self):
        self.card.action_activate()
        self.company.vas_kpi_background_limit = 2
        run = self.make_run()
        run.action_run()
        self.assertEqual(run.state, "running")
        self.assertEqual(run.progress_text, "0 of 3")
        self.assertFalse(run.assessment_ids)
        with self.assertRaisesRegex(UserError, "already running"):
            run.action_run()
        # The jobs carry the numbers; performing one twice doubles nothing.
        self.assertEqual(len(run.job_ids), 3)
        self.assertEqual(set(run.job_ids.mapped("channel")), {"root.vas_kpi"})
        parts = self.get_parts(run, "_assess_part")
        for record in [*parts, parts[0]]:
            self.perform_job(record)
        run._assess_subjects(self.vendors.ids)
        run.invalidate_recordset()
        self.assertEqual(len(run.assessment_ids), 3)
        self.assertEqual(sorted(run.assessment_ids.mapped("score")), [20, 50, 90])
        run._finish()
        self.assertEqual((run.state, run.progress_text), ("done", "3 of 3"))

    def make_background_run(self):
        self.card.action_activate()
        self.company.vas_kpi_background_limit = 1
        run = self.make_run()
        run.action_run()
        return run, self.get_parts(run, "_assess_part")

    def test_a_stopped_run_goes_on_with_those_who_are_left(self):
        run, parts = self.make_background_run()
        with self.assertRaisesRegex(UserError, "already running"):
            run.action_run()
        self.perform_job(parts[0])
        run.invalidate_recordset()
        self.assertEqual(run.progress_text, "1 of 3")
        run.action_stop()
        self.assertEqual(run.state, "stopped")
        self.assertEqual(set(run.job_ids.mapped("state")), {"done", "cancelled"})
        with self.assertRaisesRegex(UserError, "not running"):
            run.action_stop()
        # A job that was under way when it was stopped finds nothing to do.
        run._assess_part(self.vendors[1].ids)
        self.assertEqual(len(run.assessment_ids), 1)
        first = run.assessment_ids
        computed = first.write_date
        run.action_run()
        self.assertEqual(run.state, "running")
        parts = self.get_parts(run, "_assess_part")
        self.assertEqual(len(parts), 2)
        for part in parts:
            self.perform_job(part)
        run._finish()
        self.assertEqual(sorted(run.assessment_ids.mapped("score")), [20, 50, 90])
        self.assertEqual((run.state, first.write_date), ("done", computed))

    def test_a_failed_run_says_why_and_is_resumed(self):
        run, parts = self.make_background_run()
        self.perform_job(parts[0])
        self.fail_job(parts[1], "Broken figure")
        self.assertEqual((run.state, run.failure), ("failed", "Broken figure"))
        self.assertEqual(set(run.job_ids.mapped("state")), {"done", "cancelled"})
        self.assertEqual(run.progress_text, "1 of 3")
        self.company.vas_kpi_background_limit = 0
        run.action_run()
        self.assertEqual((run.state, run.failure), ("done", False))
        self.assertEqual(len(run.assessment_ids), 3)

    def test_a_run_whose_jobs_are_gone_can_be_resumed(self):
        run, _parts = self.make_background_run()
        self.assertFalse(run.is_stuck)
        run.job_ids.button_cancelled()
        run.invalidate_recordset()
        self.assertTrue(run.is_stuck)
        self.company.vas_kpi_background_limit = 0
        run.action_run()
        self.assertEqual((run.state, run.is_stuck), ("done", False))

    def test_running_again_computes_undecided_results_again(self):
        self.card.action_activate()
        run = self.make_run()
        run.action_run()
        decided = run.assessment_ids.filtered(lambda a: a.score == 90)
        decided.action_confirm()
        for vendor in self.vendors:
            self.observe(self.metric, vendor, 5)
        run.action_run()
        self.assertEqual(sorted(run.assessment_ids.mapped("score")), [25, 55, 90])
        self.assertEqual(run.progress_text, "3 of 3")

    def test_officers_run_and_users_do_not(self):
        self.card.action_activate()
        run = self.make_run()
        with self.assertRaises(AccessError):
            run.with_user(self.make_user("run_user", "user")).action_run()
        run.with_user(self.make_user("run_officer", "officer")).action_run()
        self.assertEqual(run.state, "done")

    def test_activation_says_what_is_missing(self):
        card = self.make_scorecard(
            [], sections=[("all", 94)], code="bad", bands=[{"max": 50, "code": "a"}]
        )
        self.env["vas.scorecard.band"].create(
            {
                "scorecard_id": card.id,
                "code": "b",
                "name": "B",
                "min_type": "closed",
                "min_value": 60,
            }
        )
        self.assertEqual(card.weight_text, "94 / 100, 6 missing")
        with self.assertRaises(UserError) as caught:
            card.action_activate()
        for words in ("no criteria", "6 missing", "gap between", "no criterion in it"):
            self.assertIn(words, str(caught.exception))

    def test_one_version_in_force(self):
        self.card.action_activate()
        new = self.env["vas.scorecard"].browse(self.card.action_new_version()["res_id"])
        new.action_activate()
        self.assertEqual((self.card.state, new.state), ("retired", "active"))

    def test_actions_run_on_entering_a_band(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Note",
                "model_id": self.env["ir.model"]._get("vas.assessment").id,
                "state": "object_write",
                "update_path": "note",
                "html_value": "<p>Entered</p>",
            }
        )
        self.card.band_ids.enter_action_ids = action
        results = self.card._assess(self.vendors, *YEAR)
        manager = self.make_user("band_manager", "manager")
        results.with_user(manager).action_confirm()
        touched = results.filtered("note")
        self.assertEqual(touched, results.filtered(lambda a: a.band_id.code == "good"))
