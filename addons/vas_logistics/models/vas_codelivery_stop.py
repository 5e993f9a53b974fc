from odoo import api, fields, models


class VasCodeliveryStop(models.Model):
    """A place on a proposed trip, with what is loaded and unloaded there."""

    _name = "vas.codelivery.stop"
    _description = "Stop of a Trip"
    _order = "proposal_id, sequence, id"
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
    sequence = fields.Integer(string="Stop")
    outlet_id = fields.Many2one(
        comodel_name="vas.outlet",
        required=True,
        index=True,
        check_company=True,
    )
    date_arrival = fields.Datetime(string="Arrives")
    date_departure = fields.Datetime(string="Departs")
    leg_km = fields.Float(string="Leg (km)")
    is_estimated = fields.Boolean(
        string="Estimated",
        help="No lane leads here: the leg is a straight line times the detour factor.",
    )
    kg = fields.Float(string="Load After (kg)", aggregator="max")
    m3 = fields.Float(string="Load After (m³)", aggregator="max")
    pickup_ids = fields.Many2many(
        comodel_name="stock.picking",
        relation="vas_codelivery_stop_pickup_rel",
        column1="stop_id",
        column2="picking_id",
        string="Loads",
        check_company=True,
    )
    delivery_ids = fields.Many2many(
        comodel_name="stock.picking",
        relation="vas_codelivery_stop_delivery_rel",
        column1="stop_id",
        column2="picking_id",
        string="Unloads",
        check_company=True,
    )

    handled = fields.Json(
        help="What happens here in which order: pickup or delivery, order, begin in "
        "hours from the plan's start.",
    )

    def _guess_handled(self):
        """The order of handling where none was recorded: unloading comes first."""
        return [
            *(["delivery", order.id, 0.0] for order in self.delivery_ids),
            *(["pickup", order.id, 0.0] for order in self.pickup_ids),
        ]

    @api.depends("sequence", "outlet_id")
    def _compute_display_name(self):
        for stop in self:
            stop.display_name = f"{stop.sequence}. {stop.outlet_id.display_name}"
