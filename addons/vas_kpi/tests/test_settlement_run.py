from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_settlement_terms import SettlementCase, month


@tagged("post_install", "-at_install")
class TestSettlementRun(SettlementCase):
    """A period for many agreements: preview, problems, jobs, stop and go on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreements = cls.agreement
        for vendor in cls.vendors[1:]:
            cls.agreements |= cls.agreement.copy({"partner_id": vendor.id})
        cls.agreements.action_activate()
        for vendor in cls.vendors[:2]:
            cls.observe(cls.metric, vendor, 500, day=month(1)[0])

    def make_run(self, agreements=None):
        wizard = self.env["vas.settlement.generate"].create({"day": month(1)[0]})
        if agreements is not None:
            wizard.agreement_ids = agreements
        else:
            self.assertEqual(wizard.agreement_ids & self.agreements, self.agreements)
            wizard.agreement_ids &= self.agreements
        return wizard

    def run_of(self, action):
        self.assertEqual(action["res_model"], "vas.settlement.run")
        return self.env["vas.settlement.run"].browse(action["res_id"])

    def test_preview_writes_no_settlement(self):
        run = self.run_of(self.make_run().action_preview())
        self.assertEqual(run.line_ids.mapped("estimate"), [500, 500, 0])
        self.assertIn("No data on “Calls”", run.line_ids[2].message)
        self.assertFalse(self.agreements.settlement_ids)
        run.action_run()
        self.assertEqual(len(self.agreements.settlement_ids), 3)

    def test_problems_are_listed_per_agreement(self):
        run = self.run_of(self.make_run().action_generate())
        self.assertEqual(run.state, "done")
        self.assertEqual(run.line_ids.mapped("state"), ["ready", "ready", "problem"])
        self.assertEqual(run.problem_count, 1)
        self.assertEqual(run.progress_text, "3 of 3")
        self.observe(self.metric, self.vendors[2], 7, day=month(1)[0])
        run.line_ids.settlement_id[0].action_check()
        run.action_retry()
        self.assertEqual(run.line_ids.mapped("state"), ["ready", "ready", "ready"])
        self.assertEqual(len(self.agreements.settlement_ids), 3, "nothing twice")
        again = self.make_run().action_generate()
        found = self.env["vas.settlement"].search(again["domain"])
        self.assertEqual(found, self.agreements.settlement_ids)
        self.assertEqual(found[0].total + found[1].total + found[2].total, 1007)

    def test_one_refusal_leaves_the_others(self):
        wizard = self.make_run()
        self.agreements[1].action_end()
        run = self.run_of(wizard.action_generate())
        self.assertEqual(run.line_ids.mapped("state"), ["ready", "failed", "problem"])
        self.assertIn("not in force", run.line_ids[1].message)
        self.assertFalse(self.agreements[1].settlement_ids)

    def test_in_the_background_with_stop(self):
        self.company.vas_kpi_background_limit = 1
        run = self.run_of(self.make_run().action_generate())
        self.assertEqual(run.state, "running")
        with self.assertRaisesRegex(UserError, "already running"):
            run.action_run()
        parts = self.get_parts(run, "_settle_lines")
        self.assertEqual(len(parts), 3)
        self.perform_job(parts[0])
        self.assertEqual(run.progress_text, "1 of 3")
        run.action_stop()
        with self.assertRaisesRegex(UserError, "not running"):
            run.action_stop()
        run._settle_lines(run.line_ids[1:2].ids)
        self.assertEqual(run.done_count, 1, "stopped jobs do nothing")
        run.action_run()
        parts = self.get_parts(run, "_settle_lines")
        self.assertEqual(len(parts), 2, "the rest only")
        for part in [*parts, parts[0]]:
            self.perform_job(part)
        run._finish()
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self.agreements.settlement_ids), 3)

    def test_a_failed_run_says_why_and_goes_on(self):
        self.company.vas_kpi_background_limit = 1
        run = self.run_of(self.make_run().action_generate())
        parts = self.get_parts(run, "_settle_lines")
        self.perform_job(parts[0])
        settled = run.line_ids.settlement_id
        self.fail_job(parts[1], "Broken price")
        self.assertEqual((run.state, run.failure), ("failed", "Broken price"))
        self.company.vas_kpi_background_limit = 0
        run.action_run()
        self.assertEqual((run.state, run.failure), ("done", False))
        self.assertEqual(len(self.agreements.settlement_ids), 3)
        self.assertIn(settled, self.agreements.settlement_ids)

    def test_roles(self):
        officer = self.make_user("run_officer", "officer")
        plain = self.make_user("run_user", "user")
        wizard = self.make_run(self.agreements[:2]).with_user(officer)
        action = wizard.action_generate()
        self.assertEqual(action["res_model"], "vas.settlement")
        run = self.env["vas.settlement.run"].search([], limit=1)
        with self.assertRaises(AccessError):
            run.with_user(officer).write({"state": "draft"})
        with self.assertRaises(AccessError):
            run.line_ids.with_user(officer).write({"message": "x"})
        with self.assertRaises(AccessError):
            run.with_user(officer).unlink()
        with self.assertRaises(AccessError):
            run.with_user(plain).read(["state"])
