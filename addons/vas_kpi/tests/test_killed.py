import base64
import contextlib
import os
import signal
import traceback
from datetime import datetime, timedelta

from odoo import SUPERUSER_ID, api, sql_db
from odoo.fields import Command
from odoo.tests import BaseCase, get_db_name, tagged

from odoo.addons.queue_job.job import Job

from .common import YEAR
from .test_tools_tabular import as_csv

NAME = "Killed in the middle"
SUBJECTS = 6


@tagged("post_install", "-at_install")
class TestKilled(BaseCase):
    """A process that dies within a job, for real: nothing is lost, nothing doubled.

    The records are committed, because another process has to find them, and removed.
    """

    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove)
        with self.transaction() as env:
            company = env.ref("base.main_company")
            self.limits = (
                company.vas_kpi_background_limit,
                company.vas_kpi_import_background_rows,
            )
            company.vas_kpi_background_limit = 3
            company.vas_kpi_import_background_rows = 3
            metric = env["vas.metric"].create(
                {
                    "name": NAME,
                    "code": "killed",
                    "kind": "observation",
                    "observation_aggregate": "sum",
                }
            )
            partners = env["res.partner"].create(
                [{"name": f"{NAME} {number}"} for number in range(SUBJECTS)]
            )
            self.metric_id, self.partner_ids = metric.id, partners.ids

    @contextlib.contextmanager
    def transaction(self, commit=True):
        with sql_db.db_connect(get_db_name()).cursor() as cursor:
            context = {"tracking_disable": True, "lang": "en_US"}
            yield api.Environment(cursor, SUPERUSER_ID, context)
            if commit:
                cursor.commit()
            else:
                cursor.rollback()

    def remove(self):
        with self.transaction() as env:
            company = env.ref("base.main_company")
            (
                company.vas_kpi_background_limit,
                company.vas_kpi_import_background_rows,
            ) = self.limits
            runs = env["vas.assessment.run"].search([("scorecard_id.name", "=", NAME)])
            logs = env["vas.observation.import.log"].search(
                [("profile_id.name", "=", NAME)]
            )
            (runs.job_ids | logs.job_ids).unlink()
            env["vas.assessment"].search([("scorecard_id.name", "=", NAME)]).unlink()
            runs.unlink()
            logs.unlink()
            metrics = env["vas.metric"].search([("code", "=", "killed")])
            env["vas.observation"].search([("metric_id", "in", metrics.ids)]).unlink()
            for model in ("vas.scorecard", "vas.scale", "vas.import.profile"):
                env[model].search([("name", "=", NAME)]).unlink()
            metrics.unlink()
            env["res.partner"].search([("name", "=like", f"{NAME}%")]).unlink()

    def die_within(self, uuid):
        """Perform a job in another process, which is killed before it commits."""
        child = os.fork()
        if not child:
            # Connections of the parent must not be used by two processes.
            sql_db._Pool = None
            try:
                with self.transaction(commit=False) as env:
                    job = Job.load(env, uuid)
                    job.set_started()
                    job.store()
                    env.cr.commit()
                    job.perform()
                    env.flush_all()
                    os.kill(os.getpid(), signal.SIGKILL)
            except BaseException:
                # Nobody else can tell why a process died of something else.
                traceback.print_exc()
            finally:
                os._exit(1)
        _pid, status = os.waitpid(child, 0)
        self.assertEqual(os.WTERMSIG(status), signal.SIGKILL)

    def perform(self, uuid):
        with self.transaction() as env:
            job = Job.load(env, uuid)
            job.perform()
            job.set_done()
            job.store()

    def jobs(self, record, method):
        # A job runner that happens to be at work must leave these alone.
        record.job_ids.write({"eta": datetime.now() + timedelta(days=1)})
        jobs = record.job_ids.filtered(
            lambda job: job.method_name == method and job.state != "cancelled"
        )
        return jobs.sorted("id").mapped("uuid")

    def test_assessment_run(self):
        with self.transaction() as env:
            metric = env["vas.metric"].browse(self.metric_id)
            env["vas.observation"].create(
                [
                    {
                        "metric_id": metric.id,
                        "res_id": partner_id,
                        "date": YEAR[0],
                        "value": number,
                    }
                    for number, partner_id in enumerate(self.partner_ids)
                ]
            )
            definition = {"type": "knots", "knots": [[0, 0], [100, 100]]}
            scale = env["vas.scale"].create(
                {"name": NAME, **env["vas.scale"]._values_from_dict(definition)}
            )
            card = env["vas.scorecard"].create(
                {
                    "name": NAME,
                    "code": "killed",
                    "missing_rule": "zero",
                    "subject_metric_id": metric.id,
                    "section_ids": [
                        Command.create({"code": "all", "name": "All", "weight": 100})
                    ],
                    "band_ids": [Command.create({"code": "any", "name": "Any"})],
                }
            )
            env["vas.scorecard.criterion"].create(
                {
                    "section_id": card.section_ids.id,
                    "code": "sum",
                    "name": "Sum",
                    "metric_id": metric.id,
                    "scale_id": scale.id,
                    "max_points": 100,
                }
            )
            card.action_activate()
            run = env["vas.assessment.run"].create(
                {"scorecard_id": card.id, "date_from": YEAR[0], "date_to": YEAR[1]}
            )
            run.action_run()
            run_id, card_id = run.id, card.id
            first, second = self.jobs(run, "_assess_part")
        self.perform(first)
        self.die_within(second)
        with self.transaction() as env:
            run = env["vas.assessment.run"].browse(run_id)
            self.assertEqual((run.state, run.progress_text), ("running", "3 of 6"))
            # The dead job still looks started; a person stops and resumes.
            run.action_stop()
            run.action_run()
            self.assertEqual(run.state, "done")
        # The job queue finds the dead job later and starts it once more.
        self.perform(second)
        with self.transaction() as env:
            results = env["vas.assessment"].search([("scorecard_id", "=", card_id)])
            self.assertEqual(sorted(results.mapped("res_id")), self.partner_ids)
            self.assertEqual(sorted(results.mapped("score")), list(range(SUBJECTS)))
            self.assertEqual(len(results.line_ids), SUBJECTS)

    def test_import(self):
        rows = [["No", "Name", "Day", "Value"]]
        rows += [[str(n), f"{NAME} {n}", "2025-03-01", str(n)] for n in range(SUBJECTS)]
        with self.transaction() as env:
            profile = env["vas.import.profile"].create(
                {
                    "name": NAME,
                    "key_columns": "No",
                    "date_column": "Day",
                    "subject_column": "Name",
                    "line_ids": [
                        Command.create(
                            {"metric_id": self.metric_id, "first_column": "Value"}
                        )
                    ],
                }
            )
            log = env["vas.observation.import.log"].create(
                {"profile_id": profile.id, "file": base64.b64encode(as_csv(rows))}
            )
            log.action_run()
            log_id = log.id
            first, second = self.jobs(log, "_import_part")
        self.perform(first)
        self.die_within(second)
        with self.transaction() as env:
            log = env["vas.observation.import.log"].browse(log_id)
            self.assertEqual((log.state, log.row_read), ("running", 3))
            log.action_stop()
            log.action_run()
            [left] = self.jobs(log, "_import_part")[-1:]
        self.perform(left)
        self.perform(second)
        with self.transaction() as env:
            log = env["vas.observation.import.log"].browse(log_id)
            log._finish()
            facts = env["vas.observation"].search([("metric_id", "=", self.metric_id)])
            self.assertEqual(sorted(facts.mapped("value")), list(range(SUBJECTS)))
            self.assertEqual(log.row_imported, SUBJECTS)
