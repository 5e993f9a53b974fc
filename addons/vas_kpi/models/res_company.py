from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    vas_kpi_background_limit = fields.Integer(
        string="Assess in the background from",
        default=200,
        help="Runs with more subjects than this are computed by background jobs, this"
        " many subjects per job. 0: always at once.",
    )
    vas_kpi_import_background_rows = fields.Integer(
        string="Import in the background from",
        default=20000,
        help="Files with more rows than this are imported by background jobs, this many"
        " rows per job. 0: always at once.",
    )
    vas_kpi_import_max_mb = fields.Integer(
        string="Largest file (MB)",
        default=50,
        help="Larger files are refused. 0: no limit.",
    )
