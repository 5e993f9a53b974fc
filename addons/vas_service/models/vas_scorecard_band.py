from odoo import fields, models


class VasScorecardBand(models.Model):
    _inherit = "vas.scorecard.band"

    vas_grade_id = fields.Many2one(
        "vas.grade",
        string="Customer grade",
        ondelete="restrict",
        help="The grade that customers in this band get; empty for none.",
    )
