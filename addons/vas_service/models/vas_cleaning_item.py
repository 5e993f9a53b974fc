from odoo import fields, models


class VasCleaningItem(models.Model):
    """What is cleaned, indoors or outdoors (CLN-02)."""

    _name = "vas.cleaning.item"
    _description = "Cleaning Item"
    _order = "zone, sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", help="Empty: the item is used in every company."
    )
    zone = fields.Selection(
        [("indoor", "Indoor"), ("outdoor", "Outdoor")], required=True, default="indoor"
    )
