from odoo import api, fields, models


class VasCodeliveryShare(models.Model):
    """What a customer pays of a trip, beside what the orders would cost alone."""

    _name = "vas.codelivery.share"
    _description = "Cost Share of a Customer"
    _order = "proposal_id, separate_cost desc, id"
    _check_company_auto = True

    proposal_id = fields.Many2one(
        comodel_name="vas.codelivery.proposal",
        string="Trip",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="proposal_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Customer", required=True, index=True
    )
    separate_cost = fields.Monetary(
        string="Alone",
        help="What the customer would pay without the others: order by order, or this "
        "trip for this customer alone, whichever is cheaper.",
    )
    co2_kg = fields.Float(
        string="CO₂ (kg)", help="By share of the vehicle and direct distance."
    )
    amount = fields.Monetary(string="Share of Cost")
    saving = fields.Monetary(compute="_compute_saving", store=True)
    saving_rate = fields.Float(
        string="Saving (%)", compute="_compute_saving", store=True, aggregator="avg"
    )

    @api.depends("amount", "separate_cost")
    def _compute_saving(self):
        for share in self:
            share.saving = share.separate_cost - share.amount
            share.saving_rate = (
                share.saving / share.separate_cost if share.separate_cost else 0.0
            )
