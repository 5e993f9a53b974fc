from odoo import fields, models


class VasAssessmentPartMixin(models.AbstractModel):
    """What a record that belongs to one result knows of it: scheme and subject.

    Stored, so that what is in force for a subject is found by one indexed search.
    """

    _name = "vas.assessment.part.mixin"
    _description = "Part of a result"

    assessment_id = fields.Many2one(
        comodel_name="vas.assessment",
        string="Result",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="assessment_id.company_id", store=True, precompute=True
    )
    scorecard_code = fields.Char(
        related="assessment_id.scorecard_id.code",
        store=True,
        precompute=True,
        string="Scheme",
    )
    res_model = fields.Char(
        related="assessment_id.res_model",
        store=True,
        precompute=True,
        string="Subject type",
    )
    res_id = fields.Many2oneReference(
        related="assessment_id.res_id", store=True, precompute=True, string="Subject"
    )
    subject_name = fields.Char(related="assessment_id.subject_name")

    def _get_subject_key(self):
        """Return what is the same for two records about one subject of a scheme."""
        self.ensure_one()
        return (
            self.scorecard_code,
            self.company_id.id,
            self.res_model,
            self.res_id,
        )
