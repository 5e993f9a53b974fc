from odoo import api, fields, models

from ..tools import periods


class VasScorecardAssess(models.TransientModel):
    """Choose a period and assess everybody in the scope of a scorecard."""

    _name = "vas.scorecard.assess"
    _description = "Assess everybody in scope"

    scorecard_id = fields.Many2one(
        comodel_name="vas.scorecard", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    period_type = fields.Selection(related="scorecard_id.period_type")
    day = fields.Date(
        string="Any day of the period",
        compute="_compute_day",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    date_from = fields.Date(string="From", compute="_compute_dates")
    date_to = fields.Date(string="To", compute="_compute_dates")
    subject_count = fields.Integer(string="In scope", compute="_compute_subject_count")

    @api.depends("scorecard_id")
    def _compute_day(self):
        for wizard in self:
            wizard.day = (
                wizard.scorecard_id._get_default_period()[1]
                if wizard.scorecard_id
                else fields.Date.context_today(wizard)
            )

    @api.depends("scorecard_id", "day")
    def _compute_dates(self):
        for wizard in self:
            wizard.date_from, wizard.date_to = (
                periods.period_bounds(wizard.period_type, wizard.day)
                if wizard.scorecard_id and wizard.day
                else (False, False)
            )

    @api.depends("scorecard_id", "company_id", "date_from", "date_to")
    def _compute_subject_count(self):
        for wizard in self:
            wizard.subject_count = (
                len(
                    wizard.scorecard_id._get_subjects(
                        wizard.date_from, wizard.date_to, wizard.company_id
                    )
                )
                if wizard.date_from and wizard.company_id
                else 0
            )

    def action_assess(self):
        """Create the run, compute, and show the results."""
        self.ensure_one()
        run = self.env["vas.assessment.run"].create(
            {
                "scorecard_id": self.scorecard_id.id,
                "company_id": self.company_id.id,
                "date_from": self.date_from,
                "date_to": self.date_to,
            }
        )
        run.action_run()
        if run.state == "done":
            return run.action_open_assessments()
        return run._get_records_action()
