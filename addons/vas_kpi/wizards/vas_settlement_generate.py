from odoo import api, fields, models
from odoo.fields import Command

from ..tools import periods


class VasSettlementGenerate(models.TransientModel):
    """Prepare the settlements of a period for several agreements at once."""

    _name = "vas.settlement.generate"
    _description = "Prepare settlements"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    period_type = fields.Selection(
        selection=[("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
        required=True,
        default="month",
    )
    day = fields.Date(
        string="Any day of the period",
        required=True,
        default=lambda self: periods.previous_period(
            "month", fields.Date.context_today(self)
        )[1],
    )
    date_from = fields.Date(string="From", compute="_compute_dates")
    date_to = fields.Date(string="To", compute="_compute_dates")
    agreement_ids = fields.Many2many(
        comodel_name="vas.settlement.agreement",
        compute="_compute_agreement_ids",
        store=True,
        readonly=False,
    )

    @api.depends("period_type", "day")
    def _compute_dates(self):
        for wizard in self:
            wizard.date_from, wizard.date_to = (
                periods.period_bounds(wizard.period_type, wizard.day)
                if wizard.day
                else (False, False)
            )

    @api.depends("company_id", "period_type", "date_from")
    def _compute_agreement_ids(self):
        model = self.env["vas.settlement.agreement"]
        for wizard in self:
            wizard.agreement_ids = (
                model._get_due(
                    wizard.company_id,
                    wizard.period_type,
                    wizard.date_from,
                    wizard.date_to,
                )
                if wizard.date_from and wizard.company_id
                else model
            )

    def _make_run(self):
        self.ensure_one()
        return self.env["vas.settlement.run"].create(
            {
                "company_id": self.company_id.id,
                "period_type": self.period_type,
                "date_from": self.date_from,
                "date_to": self.date_to,
                "line_ids": [
                    Command.create({"agreement_id": agreement.id})
                    for agreement in self.agreement_ids
                ],
            }
        )

    def action_preview(self):
        """Show what each agreement would bring; no settlement is made yet."""
        run = self._make_run()
        run.action_preview()
        return run._get_records_action()

    def action_generate(self):
        """Settle, and show the settlements, or the run when something is missing."""
        run = self._make_run()
        run.action_run()
        if run.state == "done" and not run.problem_count:
            return run.action_open_settlements()
        return run._get_records_action()
