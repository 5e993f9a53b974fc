from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    vas_kpi_background_limit = fields.Integer(
        related="company_id.vas_kpi_background_limit", readonly=False
    )
