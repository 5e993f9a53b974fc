from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    vas_piece_floor = fields.Float(
        string="Guaranteed Pay per Hour",
        digits=(16, 4),
        help="Who earns less by the piece is topped up to this. 0: no guarantee.",
    )
    vas_piece_base_from_contract = fields.Boolean(
        string="Base Wage from the Contract",
        default=True,
        help="New piece-rate sheets begin with the wage of the employee's contract.",
    )
    vas_piece_four_eyes = fields.Boolean(
        string="Pay Approved by Another",
        default=True,
        help="Who submits a piece-rate sheet does not approve it (DOC-08).",
    )
    vas_carrier_product_id = fields.Many2one(
        comodel_name="product.product",
        string="Product of Carriers' Bills",
        default=lambda self: self.env.ref(
            "vas_logistics.product_carrier_trip", raise_if_not_found=False
        ),
        check_company=True,
        help="Account and taxes of carriers' bills come from this product.",
    )
