from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    vas_piece_floor = fields.Float(related="company_id.vas_piece_floor", readonly=False)
    vas_piece_base_from_contract = fields.Boolean(
        related="company_id.vas_piece_base_from_contract", readonly=False
    )
    vas_piece_four_eyes = fields.Boolean(
        related="company_id.vas_piece_four_eyes", readonly=False
    )
    vas_carrier_product_id = fields.Many2one(
        related="company_id.vas_carrier_product_id", readonly=False
    )
