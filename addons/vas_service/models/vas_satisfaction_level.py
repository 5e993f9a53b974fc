from odoo import api, fields, models


class VasSatisfactionLevel(models.Model):
    """Which answers count as very satisfied, satisfied or dissatisfied, and whether
    they count in the satisfaction rate (RPT-05, AMB-50)."""

    _name = "vas.satisfaction.level"
    _description = "Satisfaction Level"
    _order = "score_from desc, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    score_from = fields.Float(
        string="Answer from",
        required=True,
        digits=(16, 1),
        help="Holds for answers of at least so much, up to the next higher level. "
        "Answers are 1 to 5.",
    )
    column = fields.Selection(
        [
            ("very", "Very satisfied"),
            ("satisfied", "Satisfied"),
            ("dissatisfied", "Dissatisfied"),
        ],
        string="Column of the report",
        required=True,
    )
    counts = fields.Boolean(
        string="Counts as satisfied",
        help="Satisfaction rate = answers that count ÷ all answers.",
    )

    _score_uniq = models.UniqueIndex(
        "(score_from) WHERE active IS TRUE",
        "Two levels cannot begin at the same answer.",
    )
    _score_check = models.Constraint(
        "CHECK (score_from >= 0 AND score_from <= 5)", "Answers are 0 to 5."
    )

    @api.depends("name", "score_from")
    def _compute_display_name(self):
        for level in self:
            level.display_name = self.env._(
                "%(name)s (from %(score)s)",
                name=level.name,
                score=f"{level.score_from:g}",
            )
