from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .vas_metric import NO_DATA


class VasAssessmentCorrection(models.Model):
    """A measured value that a revision of a result replaces, and why."""

    _name = "vas.assessment.correction"
    _description = "Corrected value"
    _inherit = ["vas.guarded.mixin"]
    _order = "assessment_id, id"
    _rec_name = "criterion_id"

    assessment_id = fields.Many2one(
        comodel_name="vas.assessment", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="assessment_id.company_id", store=True, precompute=True
    )
    criterion_id = fields.Many2one(
        comodel_name="vas.scorecard.criterion", required=True, ondelete="restrict"
    )
    has_fraction = fields.Boolean()
    numerator = fields.Float(digits=(20, 9))
    denominator = fields.Float(digits=(20, 9))
    value = fields.Float(digits=(20, 9))
    reason = fields.Char(required=True)

    _criterion_uniq = models.UniqueIndex(
        "(assessment_id, criterion_id)", "Each criterion is corrected once."
    )

    @api.constrains("has_fraction", "denominator")
    def _check_denominator(self):
        for correction in self:
            if correction.has_fraction and not correction.denominator:
                raise ValidationError(
                    self.env._(
                        "Correction of “%(criterion)s”: the denominator cannot be 0.",
                        criterion=correction.criterion_id.name,
                    )
                )

    @api.model
    def _get_guarded_fields(self):
        return set(self._fields)

    def _get_measure(self, count):
        """Return the corrected measure; ``count`` is the number of facts before."""
        self.ensure_one()
        return NO_DATA._replace(
            value=self.value,
            numerator=self.numerator if self.has_fraction else None,
            denominator=self.denominator if self.has_fraction else None,
            count=count,
        )
