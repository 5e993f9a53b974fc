from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import periods
from .vas_job_mixin import RESUMABLE_STATES
from .vas_scorecard import DECIDED_STATES


class VasAssessmentRun(models.Model):
    """All subjects of a scorecard assessed for one period."""

    _name = "vas.assessment.run"
    _description = "Assessment run"
    _inherit = ["mail.thread", "vas.job.mixin"]
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
    state = fields.Selection(tracking=True)
    subject_count = fields.Integer(string="Subjects", readonly=True, copy=False)
    done_count = fields.Integer(string="Done", compute="_compute_counts")
    assessment_ids = fields.One2many(
        comodel_name="vas.assessment", inverse_name="run_id"
    )
    assessment_count = fields.Integer(compute="_compute_counts")
    kept_count = fields.Integer(
        string="Kept",
        compute="_compute_counts",
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

    @api.depends("scorecard_id", "period")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """The stored name is for searching; people read it in their language."""
        for run in self:
            run.display_name = f"{run.scorecard_id.name or ''} · {run.period or ''}"

    @api.depends("state", "subject_count", "assessment_ids")
    def _compute_counts(self):
        counts = dict(
            self.env["vas.assessment"]._read_group(
                [("run_id", "in", self.ids), ("revision_of_id", "=", False)],
                ["run_id"],
                ["__count"],
            )
        )
        for run in self:
            total, found, kept = run.subject_count, counts.get(run, 0), 0
            if run.state == "done":
                done, kept = total, total - found
            elif run.state == "draft":
                done = 0
            else:
                done = min(total, found + run._count_decided_elsewhere())
            run.assessment_count = found
            run.done_count = done
            run.kept_count = kept

    @api.depends("done_count", "subject_count")
    def _compute_progress(self):
        return super()._compute_progress()

    def _get_job_progress(self):
        return {run.id: (run.done_count, run.subject_count) for run in self}

    def _get_results_domain(self):
        """Return the domain of all results of the scorecard for this period."""
        self.ensure_one()
        return [
            ("scorecard_id", "=", self.scorecard_id.id),
            ("company_id", "=", self.company_id.id),
            ("date_from", "=", self.date_from),
            ("date_to", "=", self.date_to),
        ]

    def _count_decided_elsewhere(self):
        """Count the subjects that need no computing: decided by an earlier run."""
        self.ensure_one()
        return self.env["vas.assessment"].search_count(
            [
                *self._get_results_domain(),
                ("state", "in", DECIDED_STATES),
                ("run_id", "!=", self.id),
            ]
        )

    # ------------------------------------------------------------------- actions
    def action_run(self):
        """Assess everybody in scope, in the background when there are many.

        A run that was stopped, failed, or lost its jobs goes on with those who have no
        result of it yet; a finished one computes all undecided results again.
        """
        self._check_startable()
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
        subject_ids = subjects.ids
        if self.state in RESUMABLE_STATES:
            subject_ids = self._get_remaining(subject_ids)
        else:
            # What an earlier pass of this run made counts as not done any more.
            self.assessment_ids.filtered(lambda a: not a.is_decided).run_id = False
        self.write({"subject_count": len(subjects), "failure": False})
        limit = self.company_id.vas_kpi_background_limit
        if limit and len(subject_ids) > limit:
            self._run_in_background(subject_ids, limit)
        else:
            self._assess_subjects(subject_ids)
            self._finish()
        return True

    # ----------------------------------------------------------------- computing
    def _get_remaining(self, subject_ids):
        """Return the subjects without a decided result and without one of this run."""
        finished = self.env["vas.assessment"].search_fetch(
            [
                *self._get_results_domain(),
                ("state", "!=", "draft"),
                "|",
                ("run_id", "=", self.id),
                ("state", "in", DECIDED_STATES),
            ],
            ["res_id"],
        )
        done = set(finished.mapped("res_id"))
        return [subject_id for subject_id in subject_ids if subject_id not in done]

    def _run_in_background(self, subject_ids, size):
        """Queue one job per ``size`` subjects; the same work twice is one job."""
        delayables = []
        for start in range(0, len(subject_ids), size):
            ids = subject_ids[start : start + size]
            delayables.append(
                self.delayable(
                    description=self.env._(
                        "%(run)s: subjects %(first)s to %(last)s",
                        run=self.display_name,
                        first=start + 1,
                        last=start + len(ids),
                    ),
                    identity_key=f"vas.assessment.run-{self.id}-{ids[0]}-{ids[-1]}",
                )._assess_part(ids)
            )
        finish = self.delayable(
            description=self.env._("%(run)s: finish", run=self.display_name)
        )._finish()
        self._queue_jobs(delayables, finish)

    def _assess_part(self, subject_ids):
        """Assess some subjects as a job, unless the run was stopped meanwhile."""
        self.ensure_one()
        if self.state == "running":
            self._assess_subjects(subject_ids)

    def _assess_subjects(self, subject_ids):
        """Assess some subjects of the run; called directly and by jobs alike."""
        self.ensure_one()
        subjects = self.env[self.scorecard_id.subject_model].browse(subject_ids)
        self.scorecard_id._assess(
            subjects, self.date_from, self.date_to, self.company_id, self
        )

    def _finish(self):
        """Close a background run when its last job is done."""
        self.state = "done"

    def action_open_assessments(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_assessment_action"
            ),
            "name": self.display_name,
            "domain": self._get_results_domain(),
            "context": {},
        }
