from odoo import api, fields, models

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
        active = self.env["vas.settlement.agreement"].search(
            [("state", "=", "active"), ("company_id", "in", self.company_id.ids)]
        )
        for wizard in self:
            wizard.agreement_ids = active.filtered(
                lambda a, w=wizard: (
                    a.company_id == w.company_id
                    and a.period_type == w.period_type
                    and w.date_from
                    and a._is_valid_on(w.date_from, w.date_to)
                )
            )

    def action_generate(self):
        """Create and compute what is missing, then show all of the period."""
        self.ensure_one()
        settlements = self.agreement_ids._settle(self.date_from, self.date_to)
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_settlement_action"
            ),
            "domain": [("id", "in", settlements.ids)],
        }
