from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import periods


class VasSettlementRun(models.Model):
    """One period settled for many agreements, with the problems of each.

    Work is noted agreement by agreement, so a run can be stopped, dies without harm
    and goes on where it was; nothing is settled twice.
    """

    _name = "vas.settlement.run"
    _description = "Settlement run"
    _inherit = ["vas.guarded.mixin", "mail.thread", "vas.job.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, precompute=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    period_type = fields.Selection(
        selection=[("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
        string="Settled per",
        required=True,
        default="month",
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)
    state = fields.Selection(
        selection=[
            ("draft", "Preview"),
            ("running", "Running"),
            ("stopped", "Stopped"),
            ("failed", "Failed"),
            ("done", "Done"),
        ],
        tracking=True,
    )
    line_ids = fields.One2many(
        comodel_name="vas.settlement.run.line", inverse_name="run_id", copy=False
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    agreement_count = fields.Integer(
        string="Agreements", compute="_compute_counts", compute_sudo=False
    )
    done_count = fields.Integer(string="Settled", compute="_compute_counts")
    problem_count = fields.Integer(string="Problems", compute="_compute_counts")

    @api.depends("date_from", "date_to")
    def _compute_name(self):
        for run in self:
            run.name = (
                periods.period_code(run.date_from, run.date_to)
                if run.date_from and run.date_to
                else ""
            )

    @api.depends("line_ids.state")
    def _compute_counts(self):
        counts = {}
        for run, state, count in self.env["vas.settlement.run.line"]._read_group(
            [("run_id", "in", self.ids)], ["run_id", "state"], ["__count"]
        ):
            counts.setdefault(run, {})[state] = count
        for run in self:
            found = counts.get(run, {})
            total = sum(found.values())
            open_ones = found.get("waiting", 0)
            run.agreement_count = total
            run.done_count = total - open_ones
            run.problem_count = found.get("problem", 0) + found.get("failed", 0)

    @api.depends("done_count", "agreement_count")
    def _compute_progress(self):
        return super()._compute_progress()

    def _get_job_progress(self):
        return {run.id: (run.done_count, run.agreement_count) for run in self}

    @api.model
    def _get_guarded_fields(self):
        return {"state", "failure", "job_ids"}

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for run in self:
            if run.date_from > run.date_to:
                raise UserError(
                    self.env._(
                        "%(run)s: the period ends before it begins.", run=run.name
                    )
                )

    # ------------------------------------------------------------------- actions
    def action_preview(self):
        """Show what would be settled; no settlement is made."""
        self._check_startable()
        waiting = self.line_ids.filtered(lambda line: line.state == "waiting")
        waiting._preview()
        return True

    def action_run(self):
        """Settle what waits, in the background when there is much of it."""
        self._check_startable()
        waiting = self.line_ids.filtered(lambda line: line.state == "waiting")
        limit = self.company_id.vas_kpi_background_limit
        if limit and len(waiting) > limit:
            jobs = [
                self.delayable(
                    description=self.env._(
                        "Settlement run %(run)s: %(first)s to %(last)s",
                        run=self.display_name,
                        first=start + 1,
                        last=min(start + limit, len(waiting)),
                    ),
                    identity_key=f"vas.settlement.run-{self.id}-{waiting[start].id}",
                )._settle_lines(waiting[start : start + limit].ids)
                for start in range(0, len(waiting), limit)
            ]
            finish = self.delayable(
                description=self.env._(
                    "Settlement run %(run)s: finish", run=self.display_name
                )
            )._finish()
            self._queue_jobs(jobs, finish)
        else:
            waiting._settle()
            self._write_progress({"state": "done", "failure": False})
        return True

    def action_retry(self):
        """Try again what had problems."""
        self._check_startable()
        self.line_ids.filtered(
            lambda line: line.state in ("problem", "failed")
        )._reset()
        return self.action_run()

    def _settle_lines(self, line_ids):
        """Settle some lines of the run; a job."""
        self.ensure_one()
        if self.state != "running":
            return
        lines = self.env["vas.settlement.run.line"].browse(line_ids).exists()
        lines.filtered(lambda line: line.state == "waiting")._settle()

    def _finish(self):
        """Close a background run when its last job is done."""
        if self.state == "running":
            self._write_progress({"state": "done"})

    def action_open_settlements(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_settlement_action"
            ),
            "name": self.display_name,
            "domain": [("id", "in", self.line_ids.settlement_id.ids)],
            "context": {},
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_running(self):
        for run in self:
            run._check_not_running()
