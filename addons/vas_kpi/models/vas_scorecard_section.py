from odoo import fields, models


class VasScorecardSection(models.Model):
    """A weighted group of criteria."""

    _name = "vas.scorecard.section"
    _description = "Scorecard section"
    _inherit = ["vas.frozen.mixin"]
    _order = "sequence, id"

    scorecard_id = fields.Many2one(
        comodel_name="vas.scorecard", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    weight = fields.Float(
        digits=(16, 4), help="In percent; all sections together make 100."
    )
    criterion_ids = fields.One2many(
        comodel_name="vas.scorecard.criterion", inverse_name="section_id"
    )

    _code_uniq = models.UniqueIndex(
        "(scorecard_id, code)", "Each section of a scorecard has its own code."
    )
