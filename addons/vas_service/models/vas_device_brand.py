from odoo import fields, models


class VasDeviceBrand(models.Model):
    """Who makes the device."""

    _name = "vas.device.brand"
    _description = "Device Brand"
    _inherit = "vas.device.group.mixin"
    _order = "sequence, name, id"
    _device_field = "vas_brand_id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    model_ids = fields.One2many("vas.device.model", "brand_id", string="Models")
