from odoo import fields, models


class VasEquipmentSpec(models.Model):
    """Warehouse equipment with its size and the range of its price (WHS-05)."""

    _name = "vas.equipment.spec"
    _description = "Equipment Specification"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company", help="Empty: every company."
    )
    size = fields.Char(help="Length × width × height in mm.")
    price = fields.Float(string="Usual Price")
    price_min = fields.Float(string="Price from")
    price_max = fields.Float(string="Price to", help="0: no upper limit.")

    _range_ordered = models.Constraint(
        "CHECK(price_min >= 0 AND (price_max = 0 OR price_max >= price_min))",
        "The price range must not be negative and must end after it begins.",
    )
