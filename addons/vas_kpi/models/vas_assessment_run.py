from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.queue_job.delay import group

from ..tools import periods


class VasAssessmentRun(models.Model):
    """All subjects of a scorecard assessed for one period."""

    _name = "vas.assessment.run"
    _description = "Assessment run"
    _inherit = ["mail.thread", "vas.lock.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, precompute=True)
    scorecard_id = fields.Many2one(
        comodel_name="vas.scorecard",
        required=True,
        check_company=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)
    period = fields.Char(compute="_compute_name", store=True, precompute=True)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Failed"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    subject_count = fields.Integer(string="Subjects", readonly=True, copy=False)
    job_ids = fields.Many2many(comodel_name="queue.job", readonly=True, copy=False)
    done_count = fields.Integer(string="Done", compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress")
    progress_text = fields.Char(compute="_compute_progress")
    assessment_ids = fields.One2many(
        comodel_name="vas.assessment", inverse_name="run_id"
    )
    assessment_count = fields.Integer(compute="_compute_progress")
    kept_count = fields.Integer(
        string="Kept",
        compute="_compute_progress",
        help="Subjects whose result was already confirmed and was left alone.",
    )

    @api.depends("scorecard_id", "date_from", "date_to")
    def _compute_name(self):
        for run in self:
            period = (
                periods.period_code(run.date_from, run.date_to)
                if run.date_from and run.date_to
                else ""
            )
            run.period = period
            run.name = f"{run.scorecard_id.name or ''} · {period}"

    @api.depends("state", "subject_count", "job_ids.state")
    def _compute_progress(self):
        counts = dict(
            self.env["vas.assessment"]._read_group(
                [("run_id", "in", self.ids)], ["run_id"], ["__count"]
            )
        )
        for run in self:
            total, found = run.subject_count, counts.get(run, 0)
            # Users see how far their run is without access to the job list.
            jobs_sudo = run.sudo().job_ids
            if run.state == "done":
                done = total
            elif jobs_sudo:
                finished = len(jobs_sudo.filtered(lambda job: job.state == "done"))
                done = total * finished // len(jobs_sudo)
            else:
                done = 0
            run.assessment_count = found
            run.done_count = done
            run.kept_count = total - found if run.state == "done" else 0
            run.progress = 100.0 * done / total if total else 0.0
            run.progress_text = self.env._(
                "%(done)s of %(total)s", done=done, total=total
            )

    def action_run(self):
        """Assess everybody in scope, in the background when there are many."""
        self.ensure_one()
        self.check_access("write")
        self._lock_or_refuse()
        if self.state == "running":
            raise UserError(
                self.env._("%(run)s is already running.", run=self.display_name)
            )
        if self.scorecard_id.state != "active":
            raise UserError(
                self.env._(
                    "%(scorecard)s is not in force. Activate it first.",
                    scorecard=self.scorecard_id.display_name,
                )
            )
        subjects = self.scorecard_id._get_subjects(
            self.date_from, self.date_to, self.company_id
        )
        self.subject_count = len(subjects)
        limit = self.company_id.vas_kpi_background_limit
        if limit and len(subjects) > limit:
            self._run_in_background(subjects, limit)
        else:
            self._assess_subjects(subjects.ids)
            self.state = "done"
        return True

    def _run_in_background(self, subjects, size):
        """Queue one job per ``size`` subjects; the same work twice is one job."""
        self.state = "running"
        delayables = []
        for start in range(0, len(subjects), size):
            ids = subjects.ids[start : start + size]
            delayables.append(
                self.delayable(
                    description=self.env._(
                        "%(run)s: subjects %(first)s to %(last)s",
                        run=self.display_name,
                        first=start + 1,
                        last=start + len(ids),
                    ),
                    identity_key=f"vas.assessment.run-{self.id}-{start}",
                )._assess_subjects(ids)
            )
        finish = self.delayable(
            description=self.env._("%(run)s: finish", run=self.display_name)
        )._finish()
        group(*delayables).on_done(finish).delay()
        # The link shows progress; the job list itself is for administrators.
        run_sudo = self.sudo()
        run_sudo.job_ids = run_sudo.env["queue.job"].search(
            [("uuid", "in", [d._generated_job.uuid for d in delayables])]
        )

    def _finish(self):
        """Close a background run when its last job is done."""
        self.state = "done"

    def _assess_subjects(self, subject_ids):
        """Assess some subjects of the run; called directly and by jobs alike."""
        self.ensure_one()
        subjects = self.env[self.scorecard_id.subject_model].browse(subject_ids)
        self.scorecard_id._assess(
            subjects, self.date_from, self.date_to, self.company_id, self
        )

    def action_open_assessments(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_assessment_action"
            ),
            "name": self.display_name,
            "domain": [
                ("scorecard_id", "=", self.scorecard_id.id),
                ("company_id", "=", self.company_id.id),
                ("date_from", "=", self.date_from),
                ("date_to", "=", self.date_to),
            ],
            "context": {},
        }
