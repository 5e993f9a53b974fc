import operator

from odoo import api, fields, models

from ..tools.scale import exact

OPERATORS = {
    "lt": operator.lt,
    "le": operator.le,
    "ge": operator.ge,
    "gt": operator.gt,
}
SIGNS = {"lt": "<", "le": "≤", "ge": "≥", "gt": ">"}


class VasScorecardCriterionModifier(models.Model):
    """Points added to or taken from a criterion when another metric says so.

    Example: on-time payment rate < 100 % → −1 point, not below 1 (AMB-02).
    """

    _name = "vas.scorecard.criterion.modifier"
    _description = "Criterion modifier"
    _inherit = ["vas.frozen.mixin"]
    _order = "sequence, id"

    criterion_id = fields.Many2one(
        comodel_name="vas.scorecard.criterion",
        required=True,
        ondelete="cascade",
        index=True,
    )
    sequence = fields.Integer(default=10)
    metric_id = fields.Many2one(
        comodel_name="vas.metric",
        string="Condition",
        required=True,
        ondelete="restrict",
    )
    operator = fields.Selection(
        selection=[
            ("lt", "is below"),
            ("le", "is at most"),
            ("ge", "is at least"),
            ("gt", "is above"),
        ],
        required=True,
        default="lt",
    )
    threshold = fields.Float(digits=(20, 9))
    points_delta = fields.Float(string="Points added", digits=(16, 4), default=-1.0)
    has_floor = fields.Boolean(string="Has a minimum", default=True)
    floor = fields.Float(string="Not below", digits=(16, 4))

    def _get_scorecards(self):
        return self.criterion_id.scorecard_id

    def _applies(self, value):
        """Say whether the condition holds; without data it does not."""
        self.ensure_one()
        if value is None:
            return False
        return OPERATORS[self.operator](exact(value), exact(self.threshold))

    @api.depends("metric_id", "operator", "threshold", "points_delta")
    def _compute_display_name(self):
        for modifier in self:
            modifier.display_name = (
                f"{modifier.metric_id.name or ''} {SIGNS.get(modifier.operator, '')}"
                f" {modifier.metric_id._format_value(modifier.threshold)}"
                f" → {modifier.points_delta:+g}"
                if modifier.metric_id
                else ""
            )
