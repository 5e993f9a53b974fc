from odoo import fields, models


class StockLocation(models.Model):
    """A location may be a door of the warehouse where vehicles load and unload."""

    _inherit = "stock.location"

    vas_is_door = fields.Boolean(
        string="Loading Door", help="Vehicles book a time at this location."
    )
    vas_door_category_ids = fields.Many2many(
        comodel_name="fleet.vehicle.model.category",
        relation="vas_door_vehicle_category_rel",
        column1="location_id",
        column2="category_id",
        string="Vehicle Classes of the Door",
        help="Empty: every vehicle fits.",
    )
    vas_door_minutes = fields.Integer(
        string="Usual Time at the Door (min)",
        help="Length of a new booking.",
    )
    vas_door_order = fields.Integer(
        string="Opening Order",
        help="Doors open in this order: with two open doors, those with 1 and 2.",
    )

    _vas_door_minutes_positive = models.Constraint(
        "CHECK(vas_door_minutes >= 0)", "The usual time at a door must not be negative."
    )
