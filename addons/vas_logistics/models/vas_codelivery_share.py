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

    why = fields.Char(
        string="Why This Share",
        compute="_compute_why",
        help="One sentence for the customer.",
    )

    @api.depends("amount", "saving", "separate_cost", "proposal_id.share_method")
    @api.depends_context("lang")
    def _compute_why(self):
        trips = self.proposal_id
        rules = dict(trips._fields["share_method"]._description_selection(self.env))
        for share in self:
            trip = share.proposal_id
            if not trip.share_method:
                share.why = False
                continue
            money = share.currency_id.format
            rate = share.amount / trip.cost if trip.cost else 0.0
            values = {
                "amount": money(share.amount),
                "rate": f"{rate * 100:.1f}",
                "cost": money(trip.cost),
                "rule": rules[trip.share_method],
                "alone": money(share.separate_cost),
                "saving": money(abs(share.saving)),
            }
            if share.currency_id.compare_amounts(share.saving, 0) < 0:
                share.why = self.env._(
                    "%(amount)s, %(rate)s%% of %(cost)s, %(rule)s; %(saving)s more than"
                    " alone (%(alone)s).",
                    **values,
                )
            else:
                share.why = self.env._(
                    "%(amount)s, %(rate)s%% of %(cost)s, %(rule)s; %(saving)s less than"
                    " alone (%(alone)s).",
                    **values,
                )

    @api.depends("amount", "separate_cost")
    def _compute_saving(self):
        for share in self:
            share.saving = share.separate_cost - share.amount
            share.saving_rate = (
                share.saving / share.separate_cost if share.separate_cost else 0.0
            )
