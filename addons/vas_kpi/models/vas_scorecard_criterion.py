from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasScorecardCriterion(models.Model):
    """One line of a scorecard: a metric, a scale and a maximum."""

    _name = "vas.scorecard.criterion"
    _description = "Scorecard criterion"
    _inherit = ["vas.frozen.mixin"]
    _order = "section_sequence, sequence, id"

    section_id = fields.Many2one(
        comodel_name="vas.scorecard.section",
        required=True,
        ondelete="cascade",
        index=True,
    )
    scorecard_id = fields.Many2one(
        related="section_id.scorecard_id", store=True, index=True
    )
    section_sequence = fields.Integer(
        string="Section order", related="section_id.sequence", store=True
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    metric_id = fields.Many2one(
        comodel_name="vas.metric", required=True, ondelete="restrict"
    )
    scale_id = fields.Many2one(
        comodel_name="vas.scale", required=True, ondelete="restrict", index=True
    )
    max_points = fields.Float(string="Maximum", digits=(16, 4), default=10.0)
    modifier_ids = fields.One2many(
        comodel_name="vas.scorecard.criterion.modifier",
        inverse_name="criterion_id",
        copy=True,
    )

    _code_uniq = models.UniqueIndex(
        "(scorecard_id, code)", "Each criterion of a scorecard has its own code."
    )

    @api.constrains("metric_id", "scorecard_id")
    def _check_subject_model(self):
        for criterion in self:
            expected = criterion.scorecard_id.subject_model_id
            if criterion.metric_id.subject_model_id != expected:
                raise ValidationError(
                    self.env._(
                        "Criterion “%(criterion)s”: metric “%(metric)s” is measured for"
                        " %(found)s, but the scorecard rates %(expected)s.",
                        criterion=criterion.name,
                        metric=criterion.metric_id.name,
                        found=criterion.metric_id.subject_model_id.name,
                        expected=expected.name,
                    )
                )

    @api.constrains("max_points")
    def _check_max_points(self):
        for criterion in self:
            if criterion.max_points < 0:
                raise ValidationError(
                    self.env._(
                        "Criterion “%(criterion)s”: the maximum cannot be negative.",
                        criterion=criterion.name,
                    )
                )
