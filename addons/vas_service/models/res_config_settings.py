from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    vas_reference_pricelist_id = fields.Many2one(
        related="company_id.vas_reference_pricelist_id", readonly=False
    )
    vas_strategic_metric_id = fields.Many2one(
        related="company_id.vas_strategic_metric_id", readonly=False
    )
