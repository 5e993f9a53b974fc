from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    vas_kpi_background_limit = fields.Integer(
        string="Assess in the background from",
        default=200,
        help="Runs with more subjects than this are computed by background jobs, this"
        " many subjects per job. 0: always at once.",
    )
