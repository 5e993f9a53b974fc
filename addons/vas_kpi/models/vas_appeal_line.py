from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasAppealLine(models.Model):
    """One criterion that an appeal is about, with the value that is right."""

    _name = "vas.appeal.line"
    _description = "Criterion of an appeal"
    _order = "appeal_id, sequence, id"

    appeal_id = fields.Many2one(
        comodel_name="vas.appeal", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="appeal_id.company_id", store=True, precompute=True
    )
    assessment_id = fields.Many2one(related="appeal_id.assessment_id")
    sequence = fields.Integer(default=10)
    line_id = fields.Many2one(
        comodel_name="vas.assessment.line",
        string="Criterion",
        required=True,
        domain="[('assessment_id', '=', assessment_id)]",
        ondelete="cascade",
    )
    value_text = fields.Char(related="line_id.value_text", string="Measured")
    formula = fields.Char(related="line_id.formula", string="Calculation")
    has_fraction = fields.Boolean(related="line_id.has_fraction")
    claimed = fields.Char(help="What the partner says is right.")
    is_granted = fields.Boolean(string="Granted", default=True)
    numerator = fields.Float(digits=(20, 9))
    denominator = fields.Float(digits=(20, 9))
    value = fields.Float(
        string="Corrected value",
        digits=(20, 9),
        compute="_compute_value",
        store=True,
        readonly=False,
        help="As the metric measures it: 0.95 for 95 % when it measures a share.",
    )
    corrected_text = fields.Char(string="Will read", compute="_compute_corrected_text")

    _line_uniq = models.UniqueIndex(
        "(appeal_id, line_id)", "Each criterion appears once in an appeal."
    )

    @api.depends("line_id", "numerator", "denominator")
    def _compute_value(self):
        for line in self:
            metric = line.line_id.metric_id
            if line.denominator:
                factor = metric.factor if metric.factor else 1.0
                line.value = line.numerator / line.denominator * factor
            else:
                line.value = line.value or line.line_id.value

    @api.depends("value", "line_id")
    def _compute_corrected_text(self):
        for line in self:
            line.corrected_text = (
                line.line_id.metric_id._format_value(
                    line.value, line.company_id.currency_id
                )
                if line.line_id
                else False
            )

    @api.constrains("line_id")
    def _check_line(self):
        for line in self:
            if line.line_id.assessment_id != line.assessment_id:
                raise ValidationError(
                    self.env._(
                        "%(appeal)s: “%(criterion)s” belongs to another result.",
                        appeal=line.appeal_id.name,
                        criterion=line.line_id.display_name,
                    )
                )

    def _prepare_correction(self):
        """Return the values of the correction that this line asks for."""
        self.ensure_one()
        return {
            "criterion_id": self.line_id.criterion_id.id,
            "has_fraction": bool(self.denominator),
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": self.value,
            "reason": self.appeal_id.name,
        }
