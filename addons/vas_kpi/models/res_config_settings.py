from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    vas_kpi_background_limit = fields.Integer(
        related="company_id.vas_kpi_background_limit", readonly=False
    )
    vas_kpi_import_background_rows = fields.Integer(
        related="company_id.vas_kpi_import_background_rows", readonly=False
    )
    vas_kpi_import_max_mb = fields.Integer(
        related="company_id.vas_kpi_import_max_mb", readonly=False
    )
