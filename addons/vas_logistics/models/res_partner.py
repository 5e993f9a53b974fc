from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    vas_shipping_priority = fields.Integer()
