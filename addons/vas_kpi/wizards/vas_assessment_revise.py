from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class VasAssessmentRevise(models.TransientModel):
    """Correct a decided result without an appeal: a revision takes its place."""

    _name = "vas.assessment.revise"
    _description = "Revise a result"

    assessment_id = fields.Many2one(
        comodel_name="vas.assessment", required=True, ondelete="cascade"
    )
    reason = fields.Text(required=True)
    remeasure = fields.Boolean(
        string="Measure again",
        help="Look at the facts of today. Otherwise the values below replace those that"
        " were measured, and everything else stays as it was decided.",
    )
    line_ids = fields.One2many(
        comodel_name="vas.assessment.revise.line",
        inverse_name="wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("assessment_id")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "line_id": line.id,
                        "numerator": line.numerator,
                        "denominator": line.denominator,
                        "value": line.value,
                    }
                )
                for line in wizard.assessment_id.line_ids
            ]

    def action_revise(self):
        """Make the revision and open it; it counts once it is confirmed."""
        self.ensure_one()
        self.assessment_id._check_manager()
        self.assessment_id.check_access("write")
        changed = self.line_ids.filtered("is_changed")
        if not (changed or self.remeasure):
            raise UserError(
                self.env._(
                    "Change at least one value, or tick “Measure again”: %(assessment)s"
                    " would stay as it is.",
                    assessment=self.assessment_id.display_name,
                )
            )
        revision = self.assessment_id._make_revision(
            self.reason.strip(),
            [] if self.remeasure else [line._prepare_correction() for line in changed],
            remeasure=self.remeasure,
        )
        return revision._get_records_action()


class VasAssessmentReviseLine(models.TransientModel):
    _name = "vas.assessment.revise.line"
    _description = "Corrected value of a revision"

    wizard_id = fields.Many2one(
        comodel_name="vas.assessment.revise", required=True, ondelete="cascade"
    )
    line_id = fields.Many2one(
        comodel_name="vas.assessment.line",
        string="Criterion",
        required=True,
        ondelete="cascade",
    )
    value_text = fields.Char(related="line_id.value_text")
    has_fraction = fields.Boolean(related="line_id.has_fraction")
    numerator = fields.Float(digits=(20, 9))
    denominator = fields.Float(digits=(20, 9))
    value = fields.Float(
        string="Corrected value",
        digits=(20, 9),
        compute="_compute_value",
        store=True,
        readonly=False,
    )
    is_changed = fields.Boolean(compute="_compute_is_changed")

    @api.depends("numerator", "denominator")
    def _compute_value(self):
        for line in self:
            metric = line.line_id.metric_id
            if line.has_fraction and line.denominator:
                line.value = line.numerator / line.denominator * (metric.factor or 1.0)
            else:
                line.value = line.value or 0.0

    @api.depends("value", "numerator", "denominator")
    def _compute_is_changed(self):
        for line in self:
            before = line.line_id
            line.is_changed = any(
                abs(line[name] - before[name]) > 1e-9
                for name in ("value", "numerator", "denominator")
            )

    def _prepare_correction(self):
        self.ensure_one()
        before = self.line_id
        # A value typed in without its numerator and denominator stands alone.
        has_fraction = self.has_fraction and any(
            abs(self[name] - before[name]) > 1e-9
            for name in ("numerator", "denominator")
        )
        return {
            "criterion_id": self.line_id.criterion_id.id,
            "has_fraction": has_fraction,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": self.value,
            "reason": self.wizard_id.reason.strip(),
        }
