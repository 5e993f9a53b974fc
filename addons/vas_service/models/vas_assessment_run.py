from odoo import fields, models


class VasAssessmentRun(models.Model):
    _inherit = "vas.assessment.run"

    vas_valid_from = fields.Date(
        string="Grades valid from",
        readonly=True,
        help="When grades of this run come into force; empty for the day on which they "
        "are confirmed.",
    )
