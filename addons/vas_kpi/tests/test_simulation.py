import json
from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.queue_job.job import Job

from ..tools import periods, whatif
from .common import VasKpiCase
from .test_settlement import make_agreement

BANDS = [
    {"code": "a", "min": 80},
    {"code": "b", "min": 50, "max": 80, "max_open": True},
    {"code": "c", "max": 50, "max_open": True},
]


@tagged("post_install", "-at_install")
class TestSimulation(VasKpiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.period = periods.previous_period("month", date.today())
        cls.speed = cls.make_metric("speed")
        cls.care = cls.make_metric("care")
        cls.percent = cls.make_scale(
            {"type": "knots", "knots": [[0, 0], [50, 40], [100, 100]]}, "Bent"
        )
        cls.card = cls.make_scorecard(
            [
                ("speed", "one", cls.speed, cls.identity, 100),
                ("care", "two", cls.care, cls.percent, 100),
            ],
            sections=[("one", 60), ("two", 40)],
            bands=BANDS,
            subject_metric_id=cls.speed.id,
            period_type="month",
        )
        cls.card.action_activate()
        facts = [(95, 90), (70, 40), (40, 85)]
        for vendor, (speed, care) in zip(cls.vendors, facts, strict=True):
            cls.observe(cls.speed, vendor, speed, cls.period[0])
            cls.observe(cls.care, vendor, care, cls.period[0])

    def simulate(self, *changes, **values):
        simulation = self.env["vas.simulation"].create(
            {
                "scorecard_id": self.card.id,
                "period_count": 1,
                "change_ids": [Command.create(change) for change in changes],
                **values,
            }
        )
        simulation.action_run()
        return simulation

    def weights(self, one, two):
        first, second = self.card.section_ids
        return (
            {"kind": "weight", "section_id": first.id, "new_value": one},
            {"kind": "weight", "section_id": second.id, "new_value": two},
        )

    def outcome(self, simulation):
        return {
            result.res_id: (round(result.new_score, 4), result.new_band_id.code)
            for result in simulation.result_ids
        }

    def fingerprint(self):
        """Return the content of every table except those of simulations."""
        self.env.flush_all()
        tables = self.env.execute_query(
            SQL(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace ="
                " 'public'::regnamespace AND relname NOT LIKE 'vas_simulation%%'"
                " AND (relname LIKE 'vas\\_%%' OR relname IN ('res_partner',"
                " 'account_move', 'account_move_line', 'mail_message',"
                " 'mail_activity', 'queue_job'))"
            )
        )
        self.assertGreater(len(tables), 20)
        return {
            table: self.env.execute_query(
                SQL(
                    "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text))"
                    " FROM %s AS t",
                    SQL.identifier(table),
                )
            )
            for (table,) in tables
        }

    # ------------------------------------------------------------------ promises
    def test_nothing_else_is_written(self):
        self.card._assess(self.vendors[:2], *self.period).action_confirm()
        # The record that asks is made first: chatter of its own is not business data.
        simulation = self.env["vas.simulation"].create(
            {
                "scorecard_id": self.card.id,
                "period_count": 2,
                "change_ids": [Command.create(c) for c in self.weights(20, 80)],
            }
        )
        before = self.fingerprint()
        simulation.action_run()
        self.assertEqual(simulation.state, "done")
        simulation.goal_band_id = self.card.band_ids[0]
        self.assertTrue(simulation.goal_text)
        self.assertEqual(self.fingerprint(), before)

    def test_a_simulation_is_what_the_assessment_would_be(self):
        line = self.percent.line_ids[1]
        simulation = self.simulate(
            *self.weights(30, 70),
            {
                "kind": "knot",
                "criterion_id": self.card.criterion_ids[1].id,
                "scale_line_id": line.id,
                "new_value": 60,
                "new_points": 20,
            },
            {"kind": "band", "band_id": self.card.band_ids[0].id, "new_value": 75},
        )
        expected = self.outcome(simulation)
        self.assertEqual(len(expected), 3)
        action = simulation.action_make_version()
        version = self.card.browse(action["res_id"])
        self.assertEqual((version.state, version.version), ("draft", 2))
        self.assertEqual(self.percent.line_ids[1].value, 50, "shared scale untouched")
        version.action_activate()
        results = version._assess(self.vendors, *self.period)
        self.assertEqual(
            {r.res_id: (round(r.score, 4), r.band_id.code) for r in results}, expected
        )

    def test_compares_with_confirmed_results_where_they_exist(self):
        first = self.card._assess(self.vendors[0], *self.period)
        first.action_confirm()
        # Facts that arrive afterwards do not change what was confirmed.
        self.observe(self.speed, self.vendors[0], 5, self.period[0])
        simulation = self.simulate()
        result = simulation.result_ids.filtered(
            lambda r: r.res_id == self.vendors[0].id
        )
        self.assertEqual(result.old_assessment_id, first)
        self.assertEqual((result.old_source, result.old_score), ("stored", first.score))
        self.assertAlmostEqual(result.delta, 3.0)
        self.assertEqual(result.reason, "Speed +3.00")
        others = simulation.result_ids - result
        self.assertEqual(set(others.mapped("old_source")), {"computed"})
        self.assertEqual(set(others.mapped("delta")), {0.0})

    def test_matrix_totals_and_the_lists_behind_them(self):
        simulation = self.simulate(*self.weights(10, 90))
        matrix = simulation.matrix
        self.assertEqual(matrix["total"], 3)
        self.assertEqual(sum(matrix["row_totals"]), 3)
        self.assertEqual(sum(matrix["column_totals"]), 3)
        self.assertEqual([row["key"] for row in matrix["rows"]], ["a", "b", "c"])
        moved = 0
        for row, line in zip(matrix["rows"], matrix["cells"], strict=True):
            for column, cell in zip(matrix["columns"], line, strict=True):
                action = simulation.action_open_results(row["key"], column["key"])
                found = self.env["vas.simulation.result"].search(action["domain"])
                self.assertEqual(len(found), cell["count"])
                if cell["count"]:
                    self.assertEqual(set(found.mapped("move")), {cell["move"]})
                    moved += cell["count"] * (cell["move"] != "same")
        self.assertEqual(
            moved,
            simulation.up_count + simulation.down_count + simulation.unrated_count,
        )
        # 70 and 40: 58 → c with 30.8 + …; 40 and 85: 56.8 → b with 77.8.
        names = {r.subject_name: r.move for r in simulation.result_ids}
        self.assertEqual(
            names, {"Vendor 1": "same", "Vendor 2": "down", "Vendor 3": "same"}
        )
        self.assertTrue(json.dumps(matrix))

    def test_bands_listed_worst_first(self):
        for sequence, band in enumerate(reversed(self.card.band_ids)):
            band.sequence = sequence
        self.env.invalidate_all()
        simulation = self.simulate(*self.weights(10, 90))
        names = {r.subject_name: r.move for r in simulation.result_ids}
        self.assertEqual(names["Vendor 2"], "down")
        self.assertEqual(
            [row["key"] for row in simulation.matrix["rows"]], ["a", "b", "c"]
        )

    def test_leaving_a_criterion_out(self):
        simulation = self.simulate(
            {"kind": "left_out", "criterion_id": self.card.criterion_ids[1].id},
            *self.weights(100, 0),
        )
        self.assertEqual(
            {key: score for key, (score, _band) in self.outcome(simulation).items()},
            dict(zip(self.vendors.ids, (95, 70, 40), strict=True)),
        )

    # ------------------------------------------------------------------- reverse
    def test_the_threshold_is_verified_by_simulating_it(self):
        more = self.env["res.partner"].create(
            [{"name": f"More {number}"} for number in range(17)]
        )
        for index, vendor in enumerate(more):
            self.observe(self.speed, vendor, 20 + index * 4.3, self.period[0])
            self.observe(self.care, vendor, 90 - index * 2, self.period[0])
        top = self.card.band_ids[0]
        simulation = self.simulate(goal_band_id=top.id, goal_share=0.25)
        self.assertTrue(simulation.goal_has_answer)
        promised = simulation.goal_curve["found"]
        scores = simulation.result_ids.mapped("new_score")
        self.assertEqual(whatif.share_at(scores, promised[0]), promised[1])
        self.assertAlmostEqual(promised[1], 0.25)
        simulation.action_try_threshold()
        inside = simulation.result_ids.filtered(lambda r: r.new_band_id == top)
        self.assertEqual(len(inside) / len(simulation.result_ids), promised[1])
        self.assertEqual(top.min_value, 80, "the version keeps its bound")

    def test_no_answer_before_the_simulation_has_run(self):
        simulation = self.env["vas.simulation"].create(
            {
                "scorecard_id": self.card.id,
                "goal_band_id": self.card.band_ids[0].id,
            }
        )
        self.assertIn("Run the simulation", simulation.goal_text)
        with self.assertRaisesRegex(UserError, "Run the simulation"):
            simulation.action_try_threshold()

    # --------------------------------------------------------------------- money
    def test_money_effect_of_another_score(self):
        vendor = self.vendors[1]
        agreement = make_agreement(self.env, self.company, vendor, "8")
        factor = self.make_scale(
            {"type": "bands", "bands": [{"min": 60, "points": 1.0}], "default": 0.9},
            "Factor",
        )
        agreement.write({"scorecard_id": self.card.id, "factor_scale_id": factor.id})
        self.observe(agreement.quantity_metric_id, vendor, 1000, self.period[0])
        before = self.fingerprint()
        # 70 and 40 (32 points): 54.8 now, 66.2 with 90 and 10.
        simulation = self.simulate(*self.weights(90, 10))
        after = self.fingerprint()
        before.pop("mail_message"), after.pop("mail_message")
        self.assertEqual(after, before)
        result = simulation.result_ids.filtered("has_money")
        self.assertEqual(result.res_id, vendor.id)
        self.assertAlmostEqual(result.money_delta, 85.0, places=2)
        self.assertAlmostEqual(simulation.money_delta, 85.0, places=2)
        self.assertIn("more", simulation.money_text)

    # ---------------------------------------------------------------- background
    def test_large_simulations_stop_and_resume_without_doubling(self):
        self.company.vas_kpi_background_limit = 2
        simulation = self.simulate()
        self.assertEqual((simulation.state, simulation.planned_count), ("running", 3))
        with self.assertRaisesRegex(UserError, "already running"):
            simulation.action_run()
        parts = self.get_parts(simulation, "_simulate_job")
        self.assertEqual(len(parts), 2)
        channels = set(simulation.job_ids.mapped("channel"))
        self.assertEqual(channels, {"root.vas_kpi"})
        large = parts.filtered(lambda j: len(j.args[2]) == 2)
        for record in (large, large):
            Job.load(self.env, record.uuid).perform()
        self.assertEqual(simulation.result_count, 2)
        simulation.action_stop()
        Job.load(self.env, (parts - large).uuid).perform()
        self.env.invalidate_all()
        self.assertEqual(simulation.result_count, 2, "stopped: nothing more is done")
        self.assertEqual(simulation.progress_text, "2 of 3")
        simulation.action_run()
        self.env.invalidate_all()
        self.assertEqual((simulation.state, simulation.result_count), ("done", 3))

    def test_a_failed_simulation_says_why_and_goes_on(self):
        self.company.vas_kpi_background_limit = 2
        simulation = self.simulate()
        first, second = self.get_parts(simulation, "_simulate_job")
        self.perform_job(first)
        done = simulation.result_ids
        self.assertTrue(done)
        self.fail_job(second, "Broken scale")
        self.assertEqual(
            (simulation.state, simulation.failure), ("failed", "Broken scale")
        )
        self.company.vas_kpi_background_limit = 0
        simulation.action_run()
        self.assertEqual((simulation.state, simulation.failure), ("done", False))
        self.assertLess(done, simulation.result_ids, "kept, and completed")
        self.assertEqual(simulation.result_count, 3)

    def test_a_simulation_whose_jobs_are_gone_goes_on(self):
        self.company.vas_kpi_background_limit = 2
        simulation = self.simulate()
        self.assertFalse(simulation.is_stuck)
        simulation.job_ids.button_cancelled()
        self.env.invalidate_all()
        self.assertTrue(simulation.is_stuck)
        self.company.vas_kpi_background_limit = 0
        simulation.action_run()
        self.assertEqual((simulation.state, simulation.is_stuck), ("done", False))

    def test_the_last_job_closes_only_a_complete_simulation(self):
        self.company.vas_kpi_background_limit = 2
        simulation = self.simulate()
        simulation._finish_job()
        self.assertEqual(simulation.state, "running")
        simulation._simulate_job(*map(str, self.period), self.vendors.ids)
        self.env.invalidate_all()
        simulation._finish_job()
        self.assertEqual(simulation.state, "done")

    def test_queries_do_not_grow_with_subjects(self):
        def count(vendors):
            domain = str([("id", "in", vendors.ids)])
            simulation = self.env["vas.simulation"].create(
                {
                    "scorecard_id": self.card.id,
                    "period_count": 1,
                    "subject_domain": domain,
                }
            )
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            simulation.action_run()
            self.env.flush_all()
            self.assertEqual(simulation.result_count, len(vendors))
            return self.env.cr.sql_log_count - start

        many = self.env["res.partner"].create(
            [{"name": f"Many {number}"} for number in range(50)]
        )
        for vendor in many:
            self.observe(self.speed, vendor, 70, self.period[0])
        count(many[0])
        self.assertEqual(count(many[0]), count(many))

    # -------------------------------------------------------------------- input
    def test_bad_questions_are_refused(self):
        with self.assertRaisesRegex(UserError, "overlap"):
            self.simulate(
                {"kind": "band", "band_id": self.card.band_ids[0].id, "new_value": 40}
            )
        with self.assertRaisesRegex(ValidationError, "choose what"):
            self.simulate({"kind": "weight", "new_value": 40})
        with self.assertRaisesRegex(ValidationError, "cannot be negative"):
            self.simulate(*self.weights(-1, 101))
        with self.assertRaisesRegex(ValidationError, "Only"):
            self.simulate(subject_domain="[('nonsense', '=', 1)]")
        other = self.make_scorecard([], code="other")
        with self.assertRaisesRegex(ValidationError, "not a part of"):
            self.simulate(
                {
                    "kind": "weight",
                    "section_id": other.section_ids.id,
                    "new_value": 1,
                }
            )
        with self.assertRaisesRegex(UserError, "no confirmed results"):
            self.simulate(period_mode="decided")

    def test_roles(self):
        user = self.make_user("sim_user", "user")
        officer = self.make_user("sim_officer", "officer")
        simulation = self.simulate()
        with self.assertRaises(AccessError):
            simulation.with_user(user).action_run()
        with self.assertRaises(AccessError):
            self.env["vas.simulation"].with_user(user).create(
                {"scorecard_id": self.card.id}
            )
        own = (
            self.env["vas.simulation"]
            .with_user(officer)
            .create({"scorecard_id": self.card.id, "period_count": 1})
        )
        own.action_run()
        self.assertEqual(own.result_count, 3)
        with self.assertRaises(AccessError):
            own.result_ids[0].new_score = 100
        own.change_ids = [Command.create(c) for c in self.weights(20, 80)]
        with self.assertRaises(AccessError):
            own.action_make_version()

    # ------------------------------------------------------------------ end to end
    def test_administrator_adds_an_indicator_simulates_and_activates(self):
        admin = self.make_user("sim_admin", "admin")
        self.card._assess(self.vendors, *self.period).action_confirm()
        card = self.card.with_user(admin)
        draft = card.browse(card.action_new_version()["res_id"])
        metric = self.make_metric("courtesy")
        for vendor, value in zip(self.vendors, (60, 100, 10), strict=True):
            self.observe(metric, vendor, value, self.period[0])
        self.env["vas.scorecard.criterion"].with_user(admin).create(
            {
                "section_id": draft.section_ids[1].id,
                "code": "courtesy",
                "name": "Courtesy",
                "metric_id": metric.id,
                "scale_id": self.identity.id,
                "max_points": 100,
            }
        )
        simulation = (
            self.env["vas.simulation"]
            .with_user(admin)
            .create(
                {"scorecard_id": draft.id, "period_mode": "decided", "period_count": 1}
            )
        )
        self.assertEqual(simulation.base_id, card)
        simulation.action_run()
        by_name = {r.subject_name: r for r in simulation.result_ids}
        # Section two is now (32 + 100) ÷ 200 instead of 32 ÷ 100.
        self.assertAlmostEqual(by_name["Vendor 2"].old_score, 54.8)
        self.assertAlmostEqual(by_name["Vendor 2"].new_score, 68.4)
        self.assertEqual(by_name["Vendor 2"].reason, "Courtesy +20.00")
        self.assertEqual(self.card.state, "active")
        draft.action_activate()
        self.assertEqual((self.card.state, draft.state), ("retired", "active"))
