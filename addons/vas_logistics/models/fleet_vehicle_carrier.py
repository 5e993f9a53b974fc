from odoo import fields, models


class FleetVehicle(models.Model):
    _inherit = "fleet.vehicle"

    vas_carrier_id = fields.Many2one(
        comodel_name="res.partner",
        string="Carrier",
        index="btree_not_null",
        help="Who sends bills for the trips of this vehicle. Empty: an own vehicle.",
    )
