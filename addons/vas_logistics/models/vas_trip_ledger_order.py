from odoo import api, fields, models

from ..tools import freight


class VasTripLedgerOrder(models.Model):
    """Revenue, cost and margin of one order on one trip.

    The customer's figures are taken apart here, so that a margin can be read by lane: a
    customer of a trip may have orders on several. Goods that came back are lines of
    their own. Whatever is charged, billed or credited later, the parts add up.
    """

    _name = "vas.trip.ledger.order"
    _description = "Order of a Trip Ledger"
    _order = "date desc, ledger_id desc, line_id, id"

    line_id = fields.Many2one(
        comodel_name="vas.trip.ledger.line",
        string="Customer of the Trip",
        required=True,
        index=True,
        ondelete="cascade",
    )
    ledger_id = fields.Many2one(
        related="line_id.ledger_id", store=True, index=True, string="Trip"
    )
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(related="line_id.date", store=True, index=True)
    partner_id = fields.Many2one(
        related="line_id.partner_id", store=True, index=True, string="Customer"
    )
    carrier_id = fields.Many2one(related="ledger_id.carrier_id", store=True)
    name = fields.Char(string="Order", required=True)
    return_id = fields.Many2one(
        comodel_name="vas.trip.return",
        string="Goods That Came Back",
        index="btree_not_null",
        ondelete="set null",
    )
    came_back = fields.Boolean()
    lane = fields.Char(index=True)
    cargo_class_id = fields.Many2one(
        comodel_name="vas.cargo.class", ondelete="restrict"
    )
    kg = fields.Float(string="Weight (kg)")
    weight = fields.Float(
        string="Tonne-kilometres",
        help="What cost is shared by among the orders of a customer; the weight where a"
        " distance is not known.",
    )
    charge = fields.Monetary(help="Part of what the customer is charged.")
    return_cost = fields.Monetary(
        related="return_id.carrier_cost", store=True, string="Asked for the Way Back"
    )
    separate_cost = fields.Monetary(
        string="Separate Delivery",
        help="What a vehicle for this order alone would have cost, as found when the"
        " trip was planned.",
    )
    revenue = fields.Monetary(compute="_compute_parts", store=True)
    cost = fields.Monetary(compute="_compute_parts", store=True)
    margin = fields.Monetary(compute="_compute_parts", store=True)
    saving = fields.Monetary(
        string="Saving Against Separate Delivery",
        compute="_compute_parts",
        store=True,
        help="Separate delivery less the actual cost; for orders of planned trips.",
    )

    @api.depends(
        "charge",
        "weight",
        "return_cost",
        "separate_cost",
        "line_id.revenue",
        "line_id.cost",
        "line_id.order_ids",
    )
    def _compute_parts(self):
        revenue, cost = {}, {}
        for line in self.line_id:
            orders = line.order_ids
            revenue.update(
                freight.spread(
                    line.revenue,
                    {str(order.id): order.charge for order in orders},
                    line.currency_id.rounding,
                )
            )
            cost.update(
                freight.spread_with_returns(
                    line.cost,
                    {str(order.id): order.weight for order in orders},
                    {str(order.id): order.return_cost for order in orders},
                    line.currency_id.rounding,
                )
            )
        for order in self:
            order.revenue = revenue[str(order.id)]
            order.cost = cost[str(order.id)]
            order.margin = order.revenue - order.cost
            order.saving = (
                order.separate_cost - order.cost if order.separate_cost else 0.0
            )

    def action_open_trip(self):
        """Open the money of the trip that this order was on."""
        self.ensure_one()
        return self.ledger_id._get_form_action()
